//! Why the records of a component belong together, and what it hangs by (R29).

use super::graph::Block;
use super::{Component, Link, LinkKey, Member};

/// The components for clusters given by the position of their smallest record.
pub(super) fn components(block: &Block, clusters: &[usize]) -> Vec<Component> {
    let graph = Graph::new(block, clusters);
    let links = graph.links(block);
    let bridges = graph.bridges();
    graph
        .members
        .iter()
        .zip(bridges)
        .map(|(members, bridges)| Component {
            records: members
                .iter()
                .map(|record| Member { id: block.ids[*record], link: links[*record] })
                .collect(),
            apart: block.apart[members[0]],
            bridges,
        })
        .collect()
}

/// Records and link keys of all components. A key that two components share
/// (a decision keeps them apart) is a node in each of them.
struct Graph {
    /// The records of each component, ascending.
    members: Vec<Vec<usize>>,
    /// How many companies and groups each component has.
    companies: Vec<usize>,
    /// The key of each key node; nodes ascend by component, then key.
    keys: Vec<LinkKey>,
    records_of_key: Lists,
    keys_of_record: Lists,
}

/// A record belongs to a key node. `pair` tells apart the nodes of decisions
/// that share a reason; it is 0 for every other key.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Edge {
    component: usize,
    key: LinkKey,
    pair: usize,
    record: usize,
}

impl Graph {
    fn new(block: &Block, clusters: &[usize]) -> Self {
        let mut members: Vec<Vec<usize>> = Vec::new();
        let mut component_of = vec![0; clusters.len()];
        for (record, smallest) in clusters.iter().enumerate() {
            if record == *smallest {
                component_of[record] = members.len();
                members.push(vec![record]);
            } else {
                // The smallest record of a component comes before its others.
                component_of[record] = component_of[*smallest];
                members[component_of[record]].push(record);
            }
        }

        let keyed = block.incidences.iter().map(|incidence| Edge {
            component: component_of[incidence.record],
            key: incidence.key,
            pair: 0,
            record: incidence.record,
        });
        let different = |(_, pair): &(usize, &super::graph::Pair)| pair.first != pair.second;
        let decided =
            block.must_link.iter().enumerate().filter(different).flat_map(|(number, pair)| {
                [pair.first, pair.second].map(|record| Edge {
                    component: component_of[record],
                    key: LinkKey::Decision(pair.decision.reason),
                    pair: number,
                    record,
                })
            });
        let mut edges: Vec<Edge> = keyed.chain(decided).collect();
        edges.sort_unstable();

        let mut keys = Vec::new();
        let mut companies = vec![0; members.len()];
        let mut of_key = Vec::with_capacity(edges.len());
        let same = |left: &Edge, right: &Edge| {
            (left.component, left.key, left.pair) == (right.component, right.key, right.pair)
        };
        for node in edges.chunk_by(same) {
            of_key.extend(node.iter().map(|edge| (keys.len(), edge.record)));
            companies[node[0].component] += usize::from(node[0].key.is_company());
            keys.push(node[0].key);
        }
        // Key nodes ascend, so those of each record do too.
        let of_record: Vec<(usize, usize)> =
            of_key.iter().map(|(node, record)| (*record, *node)).collect();
        Self {
            records_of_key: Lists::new(keys.len(), &of_key),
            keys_of_record: Lists::new(clusters.len(), &of_record),
            members,
            companies,
            keys,
        }
    }

    /// Breadth first from the smallest record of each component: the link of a
    /// record leads to the record that reached it first.
    fn links(&self, block: &Block) -> Vec<Option<Link>> {
        let mut links = vec![None; block.ids.len()];
        let mut seen_key = vec![false; self.keys.len()];
        let mut queue: Vec<usize> = Vec::new();
        for members in &self.members {
            let smallest = members[0];
            queue.clear();
            queue.push(smallest);
            let mut next = 0;
            while let Some(&record) = queue.get(next) {
                next += 1;
                for node in self.keys_of_record.of(record) {
                    if std::mem::replace(&mut seen_key[*node], true) {
                        continue;
                    }
                    for other in self.records_of_key.of(*node) {
                        if *other == smallest || links[*other].is_some() {
                            continue;
                        }
                        links[*other] =
                            Some(Link { key: self.keys[*node], with: block.ids[record] });
                        queue.push(*other);
                    }
                }
            }
        }
        links
    }

    /// The bridges of each component: articulation points among its companies
    /// and groups (Tarjan, without recursion).
    fn bridges(&self) -> Vec<Vec<LinkKey>> {
        let mut search = Search::new(self);
        let found = |(component, members): (usize, &Vec<usize>)| {
            // A single record cannot fall apart.
            if members.len() < 2 || self.companies[component] < 3 {
                return Vec::new();
            }
            search.bridges_from(members[0], self.companies[component])
        };
        self.members.iter().enumerate().map(found).collect()
    }

    /// The neighbours of a vertex. Records are the vertices from 0, key nodes
    /// follow.
    fn neighbour(&self, vertex: usize, number: usize) -> Option<usize> {
        let records = self.keys_of_record.len();
        match vertex.checked_sub(records) {
            None => self.keys_of_record.of(vertex).get(number).map(|node| node + records),
            Some(node) => self.records_of_key.of(node).get(number).copied(),
        }
    }

    /// The company or group that the vertex is.
    fn company(&self, vertex: usize) -> Option<LinkKey> {
        let node = vertex.checked_sub(self.keys_of_record.len())?;
        Some(self.keys[node]).filter(|key| key.is_company())
    }
}

/// The state of the search over all components.
struct Search<'a> {
    graph: &'a Graph,
    /// By vertex; 0 is "not reached".
    reached: Vec<usize>,
    lowest: Vec<usize>,
    clock: usize,
}

/// A vertex on the way from the start to where the search is.
struct Step {
    vertex: usize,
    next_neighbour: usize,
    /// Companies at and below it.
    companies: usize,
    /// Of these, in parts that hang by it alone, and how many such parts
    /// have any.
    hanging_companies: usize,
    hanging_parts: usize,
}

impl<'a> Search<'a> {
    fn new(graph: &'a Graph) -> Self {
        let vertices = graph.keys_of_record.len() + graph.keys.len();
        Self { graph, reached: vec![0; vertices], lowest: vec![0; vertices], clock: 0 }
    }

    /// `all` is the number of companies of the component.
    fn bridges_from(&mut self, start: usize, all: usize) -> Vec<LinkKey> {
        let mut bridges = Vec::new();
        let mut way = vec![self.enter(start)];
        while let Some(step) = way.last_mut() {
            let vertex = step.vertex;
            if let Some(next) = self.graph.neighbour(vertex, step.next_neighbour) {
                step.next_neighbour += 1;
                if self.reached[next] == 0 {
                    let entered = self.enter(next);
                    way.push(entered);
                } else {
                    // The edge back to the parent does no harm: it cannot
                    // reach above the parent.
                    self.lowest[vertex] = self.lowest[vertex].min(self.reached[next]);
                }
                continue;
            }
            let Some(done) = way.pop() else { break };
            if let Some(key) = self.graph.company(done.vertex) {
                // The rest holds the start, which is a record.
                let rest = all - 1 - done.hanging_companies;
                if done.hanging_parts + usize::from(rest > 0) >= 2 {
                    bridges.push(key);
                }
            }
            if let Some(parent) = way.last_mut() {
                parent.companies += done.companies;
                if self.lowest[done.vertex] >= self.reached[parent.vertex] {
                    parent.hanging_companies += done.companies;
                    parent.hanging_parts += usize::from(done.companies > 0);
                }
                self.lowest[parent.vertex] =
                    self.lowest[parent.vertex].min(self.lowest[done.vertex]);
            }
        }
        bridges.sort_unstable();
        bridges
    }

    fn enter(&mut self, vertex: usize) -> Step {
        self.clock += 1;
        self.reached[vertex] = self.clock;
        self.lowest[vertex] = self.clock;
        Step {
            vertex,
            next_neighbour: 0,
            companies: usize::from(self.graph.company(vertex).is_some()),
            hanging_companies: 0,
            hanging_parts: 0,
        }
    }
}

/// Lists of numbers, one after the other in one vector.
struct Lists {
    starts: Vec<usize>,
    values: Vec<usize>,
}

impl Lists {
    /// `pairs` are (list, value); each list keeps their order.
    fn new(lists: usize, pairs: &[(usize, usize)]) -> Self {
        let mut starts = vec![0; lists + 1];
        for (list, _) in pairs {
            starts[list + 1] += 1;
        }
        for list in 0..lists {
            starts[list + 1] += starts[list];
        }
        let mut free = starts.clone();
        let mut values = vec![0; pairs.len()];
        for (list, value) in pairs {
            values[free[*list]] = *value;
            free[*list] += 1;
        }
        Self { starts, values }
    }

    fn len(&self) -> usize {
        self.starts.len() - 1
    }

    fn of(&self, list: usize) -> &[usize] {
        &self.values[self.starts[list]..self.starts[list + 1]]
    }
}
