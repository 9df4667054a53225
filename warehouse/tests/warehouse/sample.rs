//! A small lake: nevirapine in three forms, a combination, an EGFR inhibitor
//! with records in three countries, a Chinese and a Japanese product.

use std::fs;
use std::path::{Path, PathBuf};

use duckdb::Connection;
use regatta_lake::schema::{ColumnType, TABLES, Table, table};
use regatta_lake::{
    Lake, Sha256, SnapshotId, SnapshotInput, SnapshotManifest, SnapshotTable, current_snapshot,
    publish_snapshot, snapshot_ref,
};
use tempfile::TempDir;

/// The rows: table, columns, values. Columns left out get an empty value.
const ROWS: &[(&str, &str, &str)] = &[
    (
        "drug",
        "drug_id, generic, dosage_form, drug_names, targets, holder, holder_group, partners, groups, source_marks, records, first_approval_date",
        "('D1', 'nevirapine', 'tablet', ['VIRAMUNE'], [], 'Boehringer Ingelheim', 'Boehringer Ingelheim', [], ['Boehringer Ingelheim'], ['us_drugs_at_fda', 'us_orange_book'], 2, '1996-06-21'),
         ('D2', 'nevirapine', 'tablet', ['NEVIRAPINE'], [], 'Mylan', 'Viatris', [], ['Viatris'], ['us_orange_book'], 1, '2012-05-22'),
         ('D3', 'nevirapine', 'extended_release_tablet', ['VIRAMUNE XR'], [], 'Boehringer Ingelheim', 'Boehringer Ingelheim', [], ['Boehringer Ingelheim'], ['us_orange_book'], 1, '2011-03-25'),
         ('D4', 'nevirapine', 'oral_suspension', ['VIRAMUNE'], [], 'Boehringer Ingelheim', 'Boehringer Ingelheim', [], ['Boehringer Ingelheim'], ['us_orange_book'], 1, '1998-09-11'),
         ('D5', 'lamivudine / zidovudine', 'tablet', ['COMBIVIR'], [], 'ViiV Healthcare', 'ViiV Healthcare', [], ['ViiV Healthcare'], ['us_orange_book'], 1, '1997-09-26'),
         ('D6', 'lamivudine', 'tablet', ['EPIVIR'], [], 'ViiV Healthcare', 'ViiV Healthcare', [], ['ViiV Healthcare'], ['us_orange_book'], 1, '1995-11-17'),
         ('D7', 'osimertinib', 'tablet', ['TAGRISSO', 'タグリッソ錠', '泰瑞沙'], ['EGFR'], 'AstraZeneca', 'AstraZeneca', [], ['AstraZeneca'], ['cn_nmpa', 'jp_pmda', 'us_orange_book'], 3, '2015-11-13'),
         ('D8', 'gefitinib', 'tablet', ['伊瑞可'], ['EGFR'], '齐鲁制药', NULL, [], [], ['cn_nmpa'], 1, '2016-12-01'),
         ('D9', 'famotidine', 'tablet', ['ガスター錠'], [], 'Astellas Pharma', 'Astellas', [], ['Astellas'], ['jp_pmda'], 1, '1985-01-01')",
    ),
    (
        "listing",
        "record_id, source_id, country, record_key, product_number, application_number, brand_name, generic, generic_raw, generic_match, dosage_form, dosage_form_raw, dosage_form_match, strength, company, company_raw, company_match, corporate_group, status, was_marketed, approval_date, approval_date_precision, row_number, body_sha256",
        "('us_orange_book:N-020636-001', 'us_orange_book', 'US', 'N-020636-001', '020636-001', '020636', 'VIRAMUNE', 'nevirapine', 'NEVIRAPINE', 'exact', 'tablet', 'TABLET;ORAL', 'exact', '200MG', 'Boehringer Ingelheim', 'BOEHRINGER INGELHEIM PHARMACEUTICALS INC', 'key', 'Boehringer Ingelheim', 'active', true, '1996-06-21', 'day', 2, getvariable('us')),
         ('us_drugs_at_fda:020636-001', 'us_drugs_at_fda', 'US', '020636-001', '020636-001', '020636', 'VIRAMUNE', 'nevirapine', 'NEVIRAPINE', 'exact', 'tablet', 'TABLET;ORAL', 'exact', '200MG', 'Boehringer Ingelheim', 'BOEHRINGER INGELHEIM', 'alias', 'Boehringer Ingelheim', 'active', true, '1996-06-21', 'day', 2, getvariable('fda')),
         ('us_orange_book:A-203021-001', 'us_orange_book', 'US', 'A-203021-001', '203021-001', '203021', 'NEVIRAPINE', 'nevirapine', 'NEVIRAPINE', 'exact', 'tablet', 'TABLET;ORAL', 'exact', '200MG', 'Mylan', 'MYLAN LABORATORIES LTD', 'key', 'Viatris', 'discontinued', true, '2012-05-22', 'day', 3, getvariable('us')),
         ('us_orange_book:N-201152-001', 'us_orange_book', 'US', 'N-201152-001', '201152-001', '201152', 'VIRAMUNE XR', 'nevirapine', 'NEVIRAPINE', 'exact', 'extended_release_tablet', 'TABLET, EXTENDED RELEASE;ORAL', 'exact', '400MG', 'Boehringer Ingelheim', 'BOEHRINGER INGELHEIM PHARMACEUTICALS INC', 'key', 'Boehringer Ingelheim', 'active', true, '2011-03-25', 'day', 4, getvariable('us')),
         ('us_orange_book:N-020933-001', 'us_orange_book', 'US', 'N-020933-001', '020933-001', '020933', 'VIRAMUNE', 'nevirapine', 'NEVIRAPINE', 'exact', 'oral_suspension', 'SUSPENSION;ORAL', 'exact', '50MG/5ML', 'Boehringer Ingelheim', 'BOEHRINGER INGELHEIM PHARMACEUTICALS INC', 'key', 'Boehringer Ingelheim', 'active', true, '1998-09-11', 'day', 5, getvariable('us')),
         ('us_orange_book:N-020857-001', 'us_orange_book', 'US', 'N-020857-001', '020857-001', '020857', 'COMBIVIR', 'lamivudine / zidovudine', 'LAMIVUDINE; ZIDOVUDINE', 'combination', 'tablet', 'TABLET;ORAL', 'exact', '150MG;300MG', 'ViiV Healthcare', 'VIIV HEALTHCARE CO', 'key', 'ViiV Healthcare', 'active', true, '1997-09-26', 'day', 6, getvariable('us')),
         ('us_orange_book:N-020564-001', 'us_orange_book', 'US', 'N-020564-001', '020564-001', '020564', 'EPIVIR', 'lamivudine', 'LAMIVUDINE', 'exact', 'tablet', 'TABLET;ORAL', 'exact', '150MG', 'ViiV Healthcare', 'VIIV HEALTHCARE CO', 'key', 'ViiV Healthcare', 'active', true, '1995-11-17', 'day', 7, getvariable('us')),
         ('us_orange_book:N-208065-001', 'us_orange_book', 'US', 'N-208065-001', '208065-001', '208065', 'TAGRISSO', 'osimertinib', 'OSIMERTINIB MESYLATE', 'salt_stripped', 'tablet', 'TABLET;ORAL', 'exact', 'EQ 40MG BASE', 'AstraZeneca', 'ASTRAZENECA PHARMACEUTICALS LP', 'key', 'AstraZeneca', 'active', true, '2015-11-13', 'day', 8, getvariable('us')),
         ('jp_pmda:22800AMX00385', 'jp_pmda', 'JP', '22800AMX00385', NULL, '22800AMX00385', 'タグリッソ錠', 'osimertinib', 'オシメルチニブメシル酸塩', 'salt_stripped', 'tablet', '錠', 'exact', '80mg', 'AstraZeneca', 'アストラゼネカ株式会社', 'alias', 'AstraZeneca', 'active', true, '2016-03-28', 'day', 2, getvariable('jp')),
         ('cn_nmpa:国药准字HJ20170167', 'cn_nmpa', 'CN', '国药准字HJ20170167', NULL, '国药准字HJ20170167', '泰瑞沙', 'osimertinib', '甲磺酸奥希替尼', 'salt_stripped', 'tablet', '片剂', 'exact', '80mg', 'AstraZeneca', '阿斯利康制药有限公司', 'alias', 'AstraZeneca', 'active', true, '2017-03-22', 'day', 2, getvariable('cn')),
         ('cn_nmpa:国药准字H20163465', 'cn_nmpa', 'CN', '国药准字H20163465', NULL, '国药准字H20163465', '伊瑞可', 'gefitinib', '吉非替尼', 'exact', 'tablet', '片剂', 'exact', '0.25g', '齐鲁制药', '齐鲁制药（海南）有限公司', 'key', NULL, 'active', true, '2016-12-01', 'month', 3, getvariable('cn')),
         ('jp_pmda:16000AMZ01234', 'jp_pmda', 'JP', '16000AMZ01234', NULL, '16000AMZ01234', 'ガスター錠', 'famotidine', 'ファモチジン', 'exact', 'tablet', '錠', 'exact', '20mg', 'Astellas Pharma', 'アステラス製薬株式会社', 'alias', 'Astellas', 'active', true, '1985-01-01', 'year', 3, getvariable('jp'))",
    ),
    (
        "generic",
        "generic, ingredients, raw_names, names_zh, names_ja, targets, match, records",
        "('nevirapine', ['nevirapine'], ['NEVIRAPINE'], ['奈韦拉平'], ['ネビラピン'], [], 'matched', 5),
         ('lamivudine / zidovudine', ['lamivudine', 'zidovudine'], ['LAMIVUDINE; ZIDOVUDINE'], ['拉米夫定', '齐多夫定'], ['ラミブジン', 'ジドブジン'], [], 'matched', 1),
         ('lamivudine', ['lamivudine'], ['LAMIVUDINE'], ['拉米夫定'], ['ラミブジン'], [], 'matched', 1),
         ('osimertinib', ['osimertinib'], ['OSIMERTINIB MESYLATE', 'オシメルチニブメシル酸塩', '甲磺酸奥希替尼'], ['奥希替尼'], ['オシメルチニブ'], ['EGFR'], 'matched', 3),
         ('gefitinib', ['gefitinib'], ['吉非替尼'], ['吉非替尼'], ['ゲフィチニブ'], ['EGFR'], 'matched', 1),
         ('famotidine', ['famotidine'], ['ファモチジン'], ['法莫替丁'], ['ファモチジン'], [], 'matched', 1)",
    ),
    (
        "company",
        "company, corporate_group, raw_names, records, drugs",
        "('Boehringer Ingelheim', 'Boehringer Ingelheim', ['BOEHRINGER INGELHEIM', 'BOEHRINGER INGELHEIM PHARMACEUTICALS INC'], 4, 3),
         ('Mylan', 'Viatris', ['MYLAN LABORATORIES LTD'], 1, 1),
         ('ViiV Healthcare', 'ViiV Healthcare', ['VIIV HEALTHCARE CO'], 2, 2),
         ('AstraZeneca', 'AstraZeneca', ['ASTRAZENECA PHARMACEUTICALS LP', 'アストラゼネカ株式会社', '阿斯利康制药有限公司'], 3, 1),
         ('齐鲁制药', NULL, ['齐鲁制药（海南）有限公司'], 1, 1),
         ('Astellas Pharma', 'Astellas', ['アステラス製薬株式会社'], 1, 1)",
    ),
    (
        "corporate_group",
        "company, corporate_group, label_zh, label_ja",
        "('AstraZeneca', 'AstraZeneca', '阿斯利康', 'アストラゼネカ'),
         ('Astellas Pharma', 'Astellas', '安斯泰来', 'アステラス')",
    ),
    (
        "dosage_form",
        "dosage_form, label_en, label_zh, label_ja, route, release, records",
        "('tablet', 'Tablet', '片剂', '錠剤', 'oral', 'immediate', 10),
         ('extended_release_tablet', 'Extended-release tablet', '缓释片（含控释片）', '徐放錠', 'oral', 'extended', 1),
         ('oral_suspension', 'Oral suspension', '口服混悬剂', '内用懸濁剤', 'oral', 'immediate', 1)",
    ),
    ("target", "generic, target, source", "('osimertinib', 'EGFR', 'ChEMBL'), ('gefitinib', 'EGFR', 'ChEMBL')"),
    (
        "drug_id_history",
        "drug_id, event, other_id, seen_at, records",
        "('D0', 'merged_into', 'D1', '2026-11-20T08:00:00Z', 2),
         ('D0', 'merged_into', 'D2', '2026-11-20T08:00:00Z', 1)",
    ),
    (
        "change",
        "entity_kind, entity_id, source_id, change, field, old_value, new_value, reason, seen_at",
        "('listing', 'us_orange_book:A-203021-001', 'us_orange_book', 'changed', 'status', 'active', 'discontinued', 'source_changed', '2026-11-23T08:15:00Z'),
         ('drug', 'D9', '', 'appeared', '', NULL, NULL, 'record_appeared', '2026-11-23T08:15:00Z')",
    ),
];

/// A lake with one published snapshot and its ledger.
pub struct Sample {
    pub lake: Lake,
    pub snapshot: SnapshotManifest,
    _dir: TempDir,
}

impl Sample {
    /// Writes and publishes the lake.
    pub fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let lake = Lake::open_or_create(dir.path()).unwrap();
        write_raw(&lake);
        write_ledger(&lake, "ok");
        let snapshot = publish(&lake, "2026-11-23T08:15:00Z", |_| {});
        Self { lake, snapshot, _dir: dir }
    }

    /// The same, with the `DuckDB` file built.
    pub fn built() -> Self {
        let sample = Self::new();
        regatta_warehouse::build(&sample.lake, &sample.snapshot).unwrap();
        sample
    }

    /// A connection as the commands have it.
    pub fn open(&self) -> Connection {
        regatta_warehouse::open_read_only(&self.lake).unwrap()
    }
}

/// Publishes another snapshot, with the tables changed by `edit` before they
/// are written.
pub fn publish(lake: &Lake, at: &str, edit: impl FnOnce(&Connection)) -> SnapshotManifest {
    let created_at = at.parse().unwrap();
    let scratch = lake.scratch().unwrap();
    let folder = scratch.path().join("staged");
    fs::create_dir(&folder).unwrap();
    let snapshot_id = SnapshotId::at(created_at);
    let tables = stage(&folder, edit)
        .into_iter()
        .map(|(name, file, rows)| {
            let (_, sha256, bytes) = lake.describe(&file).unwrap();
            let path = format!("snapshots/{snapshot_id}/{name}.parquet");
            SnapshotTable { name, path, rows, bytes, sha256 }
        })
        .collect();
    let previous = current_snapshot(lake).unwrap().map(|s| snapshot_ref(lake, &s).unwrap());
    let inputs = ["us_orange_book", "us_drugs_at_fda"]
        .map(|source| {
            let data_run_id = "R1".parse().unwrap();
            let manifest_sha256 = Sha256::of(source.as_bytes());
            (source.parse().unwrap(), SnapshotInput { data_run_id, manifest_sha256 })
        })
        .into();
    let manifest = SnapshotManifest {
        format: 1,
        schema_version: regatta_lake::schema::SCHEMA_VERSION,
        snapshot_id,
        created_at,
        previous,
        inputs,
        dictionaries_sha256: Sha256::of(b"dictionaries"),
        rules_version: 1,
        tables,
        changes: Vec::new(),
    };
    publish_snapshot(lake, &folder, &manifest).unwrap();
    manifest
}

/// Writes the tables of a snapshot into `folder`: name, file, rows.
pub fn stage(folder: &Path, edit: impl FnOnce(&Connection)) -> Vec<(String, PathBuf, u64)> {
    let conn = Connection::open_in_memory().unwrap();
    for (name, body) in [("us", "ob"), ("fda", "fda"), ("cn", "cn"), ("jp", "jp")] {
        conn.execute_batch(&format!("SET VARIABLE {name} = '{}'", Sha256::of(body.as_bytes())))
            .unwrap();
    }
    for table in TABLES {
        conn.execute_batch(&create(table)).unwrap();
    }
    for (table, columns, values) in ROWS {
        conn.execute_batch(&format!("INSERT INTO {table} ({columns}) VALUES {values}")).unwrap();
    }
    conn.execute_batch(DERIVED).unwrap();
    edit(&conn);
    TABLES
        .iter()
        .filter(|t| !["source", "run", "fetch"].contains(&t.name))
        .map(|table| {
            let file = folder.join(format!("{}.parquet", table.name));
            let rows = copy(&conn, table, &file);
            (table.name.to_owned(), file, rows)
        })
        .collect()
}

/// Links and progress follow from the listings.
const DERIVED: &str = "
INSERT INTO drug_record (drug_id, record_id, source_id, record_kind, link_kind, link_name, linked_to)
SELECT d.drug_id, l.record_id, l.source_id, 'listing',
    if(n = 1, 'first', 'group'), if(n = 1, NULL, l.corporate_group), if(n = 1, NULL, first_id)
FROM (
    SELECT *, row_number() OVER w AS n, first_value(record_id) OVER w AS first_id FROM listing
    WINDOW w AS (PARTITION BY generic, dosage_form, company ORDER BY source_id DESC, record_id)
) l JOIN drug d ON d.generic = l.generic AND d.dosage_form = l.dosage_form AND d.holder = l.company;
INSERT INTO drug_progress (drug_id, country, progress, progress_zh, progress_date, highest_evidence, current_status, deciding_records, records)
SELECT r.drug_id, l.country, 'marketed', '已上市', min(l.approval_date), 'marketed',
    if(bool_or(l.status = 'active'), 'marketed', 'withdrawn'), list(l.record_id ORDER BY l.record_id), count(*)
FROM drug_record r JOIN listing l USING (record_id) GROUP BY r.drug_id, l.country;
INSERT INTO progress (generic, dosage_form, country, progress, progress_zh, progress_date, highest_evidence, current_status, deciding_records, drugs, records)
SELECT l.generic, l.dosage_form, l.country, 'marketed', '已上市', min(l.approval_date), 'marketed',
    if(bool_or(l.status = 'active'), 'marketed', 'withdrawn'), list(l.record_id ORDER BY l.record_id), count(DISTINCT r.drug_id), count(*)
FROM drug_record r JOIN listing l USING (record_id) GROUP BY l.generic, l.dosage_form, l.country;
";

/// The regulator's own rows of the Orange Book.
fn write_raw(lake: &Lake) {
    let conn = Connection::open_in_memory().unwrap();
    let folder = lake.raw_dir(&"us_orange_book".parse().unwrap(), &"R1".parse().unwrap());
    fs::create_dir_all(&folder).unwrap();
    let body = Sha256::of(b"ob");
    let copy = |query: &str, file: &str| {
        let target = folder.join(file);
        conn.execute_batch(&format!("COPY ({query}) TO '{}' (FORMAT parquet)", target.display()))
            .unwrap();
    };
    let envelope = format!(
        "'us_orange_book' AS source_id, 'R1' AS run_id, k AS record_key, 'https://www.fda.gov/media/76860/download' AS url, '2026-11-23T08:00:00Z' AS fetched_at, '{body}' AS body_sha256"
    );
    copy(
        &format!(
            "SELECT {envelope}, 'products.txt' AS member, n AS row_number, i AS ingredient, 'TABLET;ORAL' AS \"df_route\", 'RX' AS type
             FROM (VALUES ('N-020636-001', 2, 'NEVIRAPINE'), ('A-203021-001', 3, 'NEVIRAPINE')) AS t(k, n, i)"
        ),
        "products.parquet",
    );
    copy(
        &format!(
            "SELECT {envelope}, 'patent.txt' AS member, 2 AS row_number, '5366972' AS patent_no FROM (SELECT 'N-020636-001-5366972' AS k)"
        ),
        "patent.parquet",
    );
    copy(
        "SELECT 'products' AS \"table\", 'products.txt' AS member, 2 AS row_number, '' AS \"column\", 'note' AS severity, 'stray_tab' AS kind, 'x' AS message",
        "_issues.parquet",
    );
}

/// Catalogue, runs and requests; the Orange Book's last run ended with `status`.
pub fn write_ledger(lake: &Lake, status: &str) {
    let conn = Connection::open_in_memory().unwrap();
    let folder = lake.ledger_dir();
    fs::create_dir_all(&folder).unwrap();
    for name in ["source", "run", "fetch"] {
        conn.execute_batch(&create(table(name).unwrap())).unwrap();
    }
    conn.execute_batch(&format!(
        "INSERT INTO source (source_id, title, publisher, country, max_age_hours, last_run_status, last_run_id, last_success_at, data_run_id, rows)
         VALUES ('us_orange_book', 'Orange Book', 'FDA', 'US', 48, '{status}', 'R1', TIMESTAMP '2026-11-23 08:00:00', 'R1', 2),
                ('us_drugs_at_fda', 'Drugs@FDA', 'FDA', 'US', 100000000, 'ok', 'R1', TIMESTAMP '2026-11-23 08:00:00', 'R1', 1),
                ('cn_nmpa', 'NMPA', 'NMPA', 'CN', 48, NULL, NULL, NULL, NULL, 0);
         INSERT INTO run (source_id, run_id, started_at, finished_at, status, requests, rows)
         VALUES ('us_orange_book', 'R1', TIMESTAMP '2026-11-23 08:00:00', TIMESTAMP '2026-11-23 08:00:05', '{status}', 1, 2);
         INSERT INTO fetch_ (source_id, run_id, fetch_number, url, outcome, fetched_at, checked_at, body_sha256)
         VALUES ('us_orange_book', 'R1', 1, 'https://www.fda.gov/media/76860/download', 'fetched', TIMESTAMP '2026-11-23 08:00:00', TIMESTAMP '2026-11-23 08:00:00', '{body}'),
                ('us_orange_book', 'R2', 1, 'https://www.fda.gov/media/76860/download', 'not_modified', TIMESTAMP '2026-11-23 08:00:00', TIMESTAMP '2026-11-23 20:00:00', '{body}');",
        body = Sha256::of(b"ob")
    ).replace("fetch_ ", "\"fetch\" "))
    .unwrap();
    for name in ["source", "run", "fetch"] {
        copy(&conn, table(name).unwrap(), &folder.join(format!("{name}.parquet")));
    }
}

/// The table with an empty value as default of every column that must have one.
fn create(table: &Table) -> String {
    let columns: Vec<String> = table
        .columns
        .iter()
        .map(|c| {
            let default = match c.ty {
                _ if c.nullable => "NULL",
                ColumnType::Text => "''",
                ColumnType::Int => "0",
                ColumnType::Bool => "false",
                ColumnType::TextList => "[]",
                ColumnType::Date | ColumnType::Timestamp => "NULL",
            };
            format!("\"{}\" {} DEFAULT {default}", c.name, c.ty.duckdb())
        })
        .collect();
    format!("CREATE TABLE \"{}\" ({})", table.name, columns.join(", "))
}

fn copy(conn: &Connection, table: &Table, file: &Path) -> u64 {
    let order = table.sort.iter().map(|c| format!("\"{c}\"")).collect::<Vec<_>>().join(", ");
    conn.execute_batch(&format!(
        "COPY (SELECT * FROM \"{}\" ORDER BY {order}) TO '{}' (FORMAT parquet, COMPRESSION zstd)",
        table.name,
        file.display()
    ))
    .unwrap();
    conn.query_row(&format!("SELECT count(*) FROM \"{}\"", table.name), [], |r| r.get(0)).unwrap()
}
