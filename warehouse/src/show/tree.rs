//! Explanations as text. What is said is decided in `explain` and `why`; this
//! only writes it down.

use super::{CountryExplanation, Decided, DrugExplanation, DrugMember, HolderExplanation, Why};

/// The explanation of a drug as a tree of lines, each ended by a line feed.
#[must_use]
pub fn explanation_tree(drug: &DrugExplanation) -> String {
    let mut head = format!(
        "{} {}, {}",
        drug.drug_id,
        with_chinese(&drug.generic, &drug.generic_zh.join("、")),
        with_chinese(&drug.dosage_form, drug.dosage_form_zh.as_deref().unwrap_or_default())
    );
    if let Some(earlier) = &drug.asked_as {
        head += &[" (earlier ", earlier, ")"].concat();
    }
    let mut root = Node::new(head);
    if !drug.drug_names.is_empty() {
        root.leaf(format!("names: {}", drug.drug_names.join(", ")));
    }
    if !drug.flags.is_empty() {
        root.leaf(format!("flags: {}", drug.flags.join(", ")));
    }
    root.children.push(holder(&drug.holder));
    let mut progress = Node::new("progress".to_owned());
    progress.children.extend(drug.progress.iter().map(country));
    root.children.push(progress);
    for kind in &drug.records {
        let name = with_chinese(&kind.kind, kind.kind_zh.as_deref().unwrap_or_default());
        let mut node = Node::new(format!("{name}: {}", kind.records.len()));
        node.children.extend(kind.records.iter().map(record));
        root.children.push(node);
    }
    root.text()
}

/// The answer to `why` as lines, each ended by a line feed: the verdict, then
/// the way from one record to the other, a link a line, or what parts them.
#[must_use]
pub fn why_text(why: &Why) -> String {
    let drug = |id: &Option<String>| id.clone().unwrap_or_else(|| "no drug".to_owned());
    let verdict = if why.same_drug {
        format!("{} and {} are of one drug, {}", why.record_a, why.record_b, drug(&why.drug_a))
    } else {
        format!(
            "{} ({}) and {} ({}) are not of one drug",
            why.record_a,
            drug(&why.drug_a),
            why.record_b,
            drug(&why.drug_b)
        )
    };
    let mut root = Node::new(verdict);
    if why.path.is_empty() {
        root.leaf(why.reason.clone());
    }
    for step in &why.path {
        root.leaf(format!("{}: {}", step.record_id, step.words));
    }
    root.text()
}

/// A line and the lines below it.
struct Node {
    line: String,
    children: Vec<Node>,
}

impl Node {
    fn new(line: String) -> Self {
        Self { line, children: Vec::new() }
    }

    fn leaf(&mut self, line: String) {
        self.children.push(Self::new(line));
    }

    fn text(&self) -> String {
        let mut text = format!("{}\n", self.line);
        self.below("", &mut text);
        text
    }

    fn below(&self, indent: &str, text: &mut String) {
        for (at, child) in self.children.iter().enumerate() {
            let last = at + 1 == self.children.len();
            text.push_str(indent);
            text.push_str(if last { "└─ " } else { "├─ " });
            // Keys of some records hold line breaks.
            text.extend(child.line.chars().map(|c| if c.is_control() { ' ' } else { c }));
            text.push('\n');
            child.below(&format!("{indent}{}", if last { "   " } else { "│  " }), text);
        }
    }
}

fn holder(holder: &HolderExplanation) -> Node {
    let mut line = format!("holder: {}", holder.holder.as_deref().unwrap_or("none"));
    if let Some(group) = &holder.group {
        line += &[" (group ", group, ")"].concat();
    }
    let mut node = Node::new(line);
    node.leaf(holder.rule.clone());
    for (title, names) in [
        ("named by", &holder.records),
        ("also named by", &holder.also),
        ("partners", &holder.partners),
        ("manufacturers", &holder.manufacturers),
        ("former companies", &holder.historical),
    ] {
        if !names.is_empty() {
            node.leaf(format!("{title}: {}", some(names)));
        }
    }
    node
}

/// The names, or the first of them and how many more there are: a stage may
/// rest on dozens of records, which are marked below as what decided.
fn some(names: &[String]) -> String {
    const SHOWN: usize = 6;
    let shown = names[..names.len().min(SHOWN)].join(", ");
    match names.len().saturating_sub(SHOWN) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

fn country(country: &CountryExplanation) -> Node {
    let mut node = Node::new(format!("{}: {}", country.country, stage(&country.progress)));
    node.leaf(format!("decided by: {}", some(&country.progress.records)));
    let highest = &country.highest_evidence;
    if highest != &country.progress {
        let records = some(&highest.records);
        node.leaf(format!("highest evidence: {}: {records}", stage(highest)));
    }
    let today = &country.current_status;
    let by = if today.records.is_empty() {
        String::new()
    } else {
        format!(": {}", some(&today.records))
    };
    node.leaf(format!("today: {}{by}", stage(today)));
    node
}

/// Code, Chinese label, whether it has stopped, date.
fn stage(decided: &Decided) -> String {
    let mut text = decided.label.clone().unwrap_or_else(|| decided.code.clone());
    if let Some(label) = &decided.label_zh {
        text += &[" ", label].concat();
    }
    if decided.inactive {
        text.push_str(" (inactive)");
    }
    if let Some(date) = &decided.date {
        text += &[" since ", date].concat();
    }
    text
}

fn record(record: &DrugMember) -> Node {
    let mut node = Node::new(format!("{} ({})", record.record_id, record.country));
    node.leaf(record.reason.clone());
    let said = [
        record.product_name.clone(),
        record.strength.clone(),
        Some(record.companies.join(" + ")).filter(|c| !c.is_empty()),
        record.number.clone().filter(|n| !record.record_id.ends_with(n.as_str())),
        record.status_zh.as_ref().map(|zh| match &record.status {
            Some(code) => format!("{code} {zh}"),
            None => zh.clone(),
        }),
        record.date.clone(),
    ];
    node.leaf(said.into_iter().flatten().collect::<Vec<_>>().join("; "));
    if let Some(source) = &record.market_source
        && record.market_status != record.status
    {
        let status = record.market_status.as_deref().unwrap_or("unknown");
        node.leaf(format!("R14: {source} overrules it: {status}"));
    }
    let decides: Vec<&str> = [
        (record.decides_holder, "holder"),
        (record.decides_progress, "progress"),
        (record.decides_highest_evidence, "highest evidence"),
        (record.decides_current_status, "current status"),
    ]
    .into_iter()
    .filter_map(|(does, what)| does.then_some(what))
    .collect();
    if !decides.is_empty() {
        node.leaf(format!("decides: {}", decides.join(", ")));
    }
    node.leaf(origin(record));
    node
}

fn origin(record: &DrugMember) -> String {
    let place = record.url.as_deref().unwrap_or(&record.source_id);
    let row = record.row_number.map_or(String::new(), |row| format!(", row {row}"));
    let fetched = record.fetched_at.as_ref().map_or(String::new(), |at| format!(", fetched {at}"));
    format!("{place}{row}{fetched}")
}

fn with_chinese(text: &str, chinese: &str) -> String {
    if chinese.is_empty() { text.to_owned() } else { format!("{text} {chinese}") }
}
