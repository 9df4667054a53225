//! The number of rows of every table against the snapshot before: a table that
//! grows or shrinks beyond bounds needs a reason.

use regatta_lake::schema::{LEDGER, TABLES, Table};

use crate::sql::{ident, literal};

/// A table that lost more than a tenth of its rows, or grew by more than a
/// quarter, is asked for the reason; small tables when they changed by this
/// many rows at least, or were emptied.
const LEAST: u32 = 10;

/// Tables that are about one step between snapshots, or the same in all.
const NOT_COMPARED: [&str; 3] = ["change", "quality_check", "label"];

/// Tables whose rows stand under the source of their record, which for a
/// registration is that of its first evidence: it moves when another list comes
/// to name the number (R18).
const MOVING: [&str; 3] = ["registration", "record_company", "drug_record"];

/// Tables whose rows come of other sources too: other data sets of a market name
/// holders of before, and companies of a product on which they disagree (R13, R14).
const OF_OTHERS: [&str; 1] = ["record_company"];

/// Kinds of entity in the change log, each the name of its table.
const LOGGED: [&str; 3] = ["listing", "registration", "trial"];

/// Tables (of a source, where rows have one) beyond the bounds, with numbers
/// and, where there is one, the reason: a new run of the source, which the
/// change log must confirm for listings, registrations and trials; for tables over
/// all sources new runs of any, and for [`OF_OTHERS`] of another one with records of
/// the same country; other dictionaries or rules.
///
/// A table of which the snapshot before has no file came with the contract of
/// today (`was_there`): it did not grow.
pub(super) fn query(was_there: impl Fn(&Table) -> bool) -> String {
    let counted: Vec<String> = TABLES
        .iter()
        .filter(|t| !LEDGER.contains(&t.name) && !NOT_COMPARED.contains(&t.name))
        .filter(|t| was_there(t))
        .map(|t| if t.column("source_id").is_some() { by_source(t) } else { whole(t) })
        .collect();
    let logged = LOGGED.map(literal).join(", ");
    let of_others = OF_OTHERS.map(literal).join(", ");
    format!(
        "WITH counted AS (
            {counted}
        ), step AS (
            SELECT c.*, now - before AS difference
            FROM counted c
            WHERE (before > 0 OR now > 0)
                AND (now * 10 < before * 9 OR now * 4 > before * 5)
                AND (abs(now - before) >= {LEAST} OR now = 0)
        ), logged AS (
            SELECT entity_kind, source_id,
                count(*) FILTER (change = 'appeared') AS appeared,
                count(*) FILTER (change = 'vanished') AS vanished,
                count(DISTINCT entity_id) FILTER (change = 'changed') AS changed
            FROM change GROUP BY ALL
        ), country AS (
            SELECT DISTINCT source_id, country FROM participant
        ), market AS (
            SELECT a.source_id, string_agg(DISTINCT r.name, ', ' ORDER BY r.name) AS runs
            FROM country a JOIN country b USING (country)
            JOIN circumstance r ON r.kind = 'run' AND r.name = b.source_id
            GROUP BY a.source_id
        ), circumstances AS (
            SELECT coalesce(bool_or(kind = 'dictionaries'), false) AS dictionaries,
                coalesce(bool_or(kind = 'rules'), false) AS rules,
                string_agg(name, ', ' ORDER BY name) FILTER (kind = 'run') AS runs
            FROM circumstance
        )
        SELECT s.\"table\", s.source_id, s.before, s.now,
            CASE
                WHEN s.source_id = '' AND c.runs IS NOT NULL THEN 'new runs of ' || c.runs
                WHEN r.name IS NOT NULL AND s.\"table\" NOT IN ({logged})
                    THEN 'a new run of ' || s.source_id
                WHEN r.name IS NOT NULL AND if(s.difference > 0, l.appeared, l.vanished) > 0
                    THEN 'a new run of ' || s.source_id || ': ' || l.appeared || ' appeared, '
                        || l.vanished || ' vanished, ' || l.changed || ' changed in the change log'
                WHEN s.\"table\" IN ({of_others}) AND m.runs IS NOT NULL
                    THEN 'new runs of ' || m.runs
                WHEN c.dictionaries THEN 'other dictionaries'
                WHEN c.rules THEN 'other rules'
            END AS reason
        FROM step s
        CROSS JOIN circumstances c
        LEFT JOIN circumstance r ON r.kind = 'run' AND r.name = s.source_id
        LEFT JOIN market m ON m.source_id = s.source_id
        LEFT JOIN logged l ON l.entity_kind = s.\"table\" AND l.source_id = s.source_id",
        counted = counted.join("\n            UNION ALL\n            "),
    )
}

fn by_source(table: &Table) -> String {
    let name = ident(table.name);
    // A record that is there under another source now is no loss.
    let before = if MOVING.contains(&table.name) {
        format!(
            "SELECT coalesce(r.source_id, p.source_id) AS source_id, count(*) AS rows
                FROM previous.{name} p LEFT JOIN main.registration r USING (record_id) GROUP BY 1"
        )
    } else {
        format!("SELECT source_id, count(*) AS rows FROM previous.{name} GROUP BY source_id")
    };
    format!(
        "SELECT {label} AS \"table\", source_id, coalesce(b.rows, 0) AS before, coalesce(n.rows, 0) AS now
            FROM ({before}) b
            FULL JOIN (SELECT source_id, count(*) AS rows FROM main.{name} GROUP BY source_id) n
                USING (source_id)",
        label = literal(table.name),
    )
}

fn whole(table: &Table) -> String {
    let name = ident(table.name);
    format!(
        "SELECT {label}, '', (SELECT count(*) FROM previous.{name}), (SELECT count(*) FROM main.{name})",
        label = literal(table.name),
    )
}
