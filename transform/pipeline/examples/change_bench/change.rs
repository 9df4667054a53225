//! What a regulator changes from one day to the next.

use crate::dice::Dice;
use crate::records::{Changeable, Raw, Row};

/// Pages of changed rows are numbered from here: their bytes are new ones.
const NEW_PAGE: usize = 1 << 30;

/// Changes about one record in `one_in`, drawn from all: three in ten their
/// company, a quarter their status or date, a fifth their name; three in
/// twenty are new records (of a product that there is), one in ten vanishes.
/// Gives back how many.
pub fn change(tables: &mut [Raw], one_in: usize, seed: u64) -> usize {
    let mut dice = Dice::new(seed);
    let mut changed = 0;
    for table in tables {
        let Some(may) = table.changes else { continue };
        let wanted = (table.rows.len() + one_in / 2) / one_in;
        let rows = table.rows.len();
        let mut vanished = Vec::new();
        for _ in 0..wanted {
            let at = dice.roll(rows);
            let other = table.rows[dice.roll(rows)].clone();
            let row = &mut table.rows[at];
            match dice.roll(20) {
                0..6 => match may.company {
                    Some(company) => row.cells[company].clone_from(&other.cells[company]),
                    None => (*dice.one(may.statuses)).clone_into(&mut row.cells[may.status]),
                },
                6..11 => (*dice.one(may.statuses)).clone_into(&mut row.cells[may.status]),
                11..15 => row.cells[may.name].push_str(" X"),
                15..18 => {
                    let new = appeared(&other, &may, changed, rows);
                    table.rows.push(new);
                }
                _ => vanished.push(at),
            }
            table.rows[at].page = NEW_PAGE + changed;
            changed += 1;
        }
        vanished.sort_unstable();
        vanished.dedup();
        for at in vanished.into_iter().rev() {
            table.rows.remove(at);
        }
    }
    changed
}

/// A record of the product of `of` under a key that there is not.
fn appeared(of: &Row, may: &Changeable, number: usize, rows: usize) -> Row {
    let mut new = of.clone();
    if let Some(last) = may.key.last() {
        new.cells[*last] = (may.new)(number);
    }
    let cells: Vec<&str> = may.key.iter().map(|at| new.cells[*at].as_str()).collect();
    new.key = cells.join("-");
    new.page = NEW_PAGE + number;
    new.number = rows + number + 1;
    new
}
