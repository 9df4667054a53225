//! The queries to be measured: of each class some, taken from the file itself,
//! the same for the same file.

use regatta_warehouse::{Connection, WarehouseError, run_sql};

/// Queries of one class.
pub struct Class {
    /// What they are.
    pub name: &'static str,
    /// The queries.
    pub queries: Vec<String>,
}

/// How many of each class.
const EACH: usize = 100;

/// Class, and a query that gives texts.
const CLASSES: &[(&str, &str)] = &[
    (
        "one Chinese or Japanese character",
        "SELECT DISTINCT c FROM (SELECT unnest(string_split(term_key, '')) AS c FROM (FROM search_key USING SAMPLE reservoir(200000 ROWS) REPEATABLE (1))) WHERE unicode(c) >= 11904",
    ),
    (
        "one letter or digit",
        "SELECT unnest(string_split('abcdefghijklmnopqrstuvwxyz0123456789', ''))",
    ),
    (
        "very common words",
        "SELECT unnest(['tablet', '片', '剂', '注射', '胶囊', '片剂', 'injection', 'capsule', 'Teva', 'AstraZeneca', 'release', 'oral', 'ltd', 'inc', 'pharma', 'pharmaceuticals', '有限公司', '制药', '药业', '集团', '国药准字', '盐酸', '酸', '钠', '江苏', '用', 'hydrochloride', 'EGFR', 'ine', 'mab', 'tab', 'CYHS', 'CTR20', '001', '0001', '株式会社', '錠'])",
    ),
    ("brand", "SELECT DISTINCT n FROM (SELECT unnest(drug_names) AS n FROM drug)"),
    ("generic", "SELECT DISTINCT generic FROM drug"),
    ("beginning of a generic", "SELECT DISTINCT generic[:4] FROM drug"),
    (
        "middle of a name",
        "SELECT DISTINCT n[3:7] FROM (SELECT unnest(drug_names) AS n FROM drug) WHERE length(n) > 7",
    ),
    (
        "two or three Chinese characters",
        "SELECT DISTINCT n[2:(3 + hash(n) % 2)::INTEGER] FROM (SELECT unnest(drug_names) AS n FROM drug) WHERE unicode(n) >= 11904 AND length(n) > 4",
    ),
    ("company", "SELECT DISTINCT holder FROM drug WHERE holder IS NOT NULL"),
    ("corporate group", "SELECT DISTINCT holder_group FROM drug WHERE holder_group IS NOT NULL"),
    ("target", "SELECT DISTINCT t FROM (SELECT unnest(targets) AS t FROM drug)"),
    (
        "number",
        "SELECT DISTINCT k.term_key FROM search_key k JOIN search_entry e USING (term_no) JOIN search_kind n USING (kind_no) WHERE n.kind = 'number'",
    ),
    (
        "part of a number",
        "SELECT DISTINCT k.term_key[3:7] FROM search_key k JOIN search_entry e USING (term_no) JOIN search_kind n USING (kind_no) WHERE n.kind = 'number' AND length(k.term_key) > 7",
    ),
    (
        "generic and company",
        "SELECT DISTINCT generic || ' ' || holder FROM drug WHERE holder IS NOT NULL",
    ),
    (
        "generic and form",
        "SELECT DISTINCT generic || ' ' || replace(dosage_form, '_', ' ') FROM drug",
    ),
    (
        "target and company",
        "SELECT DISTINCT targets[1] || ' ' || holder FROM drug WHERE len(targets) > 0 AND holder IS NOT NULL",
    ),
    (
        "several common words",
        "SELECT unnest(['teva tablet', 'tablet pharma', '片 江苏', 'injection ltd', 'a tablet', 'e 片', '片 有限公司', 'astrazeneca tablet release', 'ine tab', '注射 钠', 'capsule inc pharma', '001 tablet', 'release oral pharma', '剂 药业', 'a b', '酸 片'])",
    ),
    (
        "misspelled",
        "SELECT DISTINCT g[:3] || g[5:4] || g[5] || g[4] || g[6:] FROM (SELECT DISTINCT generic AS g FROM drug WHERE length(generic) > 7) UNION SELECT g[:4] || g[6:] FROM (SELECT DISTINCT generic AS g FROM drug WHERE length(generic) > 9)",
    ),
    ("no match", "SELECT 'qxz' || md5(drug_id)[:6] || 'wq' FROM drug"),
];

/// All classes.
pub fn classes(conn: &Connection) -> Result<Vec<Class>, WarehouseError> {
    CLASSES
        .iter()
        .map(|(name, texts)| {
            let query = format!("SELECT q FROM ({texts}) AS t(q) ORDER BY hash(q), q LIMIT {EACH}");
            let answer = run_sql(conn, &query)?;
            let texts = answer.rows.iter().filter_map(|row| row.first()?.as_str());
            Ok(Class { name, queries: texts.map(ToOwned::to_owned).collect() })
        })
        .collect()
}
