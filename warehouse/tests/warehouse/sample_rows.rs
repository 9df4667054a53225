//! The rows of the sample: nevirapine in three forms, a combination, an EGFR
//! inhibitor with records of all kinds in three countries, a one-off import, a
//! trial of two drugs and one of none, a Chinese and a Japanese product, and a
//! record that is no drug.

/// The rows: table, columns, values. Columns left out get an empty value.
pub const ROWS: &[(&str, &str, &str)] = &[
    (
        "drug",
        "drug_id, generic, dosage_form, drug_names, targets, holder, holder_group, partners, groups, holder_source, records, first_approval_date",
        "('D1', 'nevirapine', 'tablet', ['VIRAMUNE'], [], 'Boehringer Ingelheim', 'Boehringer Ingelheim', [], ['Boehringer Ingelheim'], 'foreign_listing', 2, '1996-06-21'),
         ('D2', 'nevirapine', 'tablet', ['NEVIRAPINE'], [], 'Mylan', 'Viatris', [], ['Viatris'], 'foreign_listing', 1, '2012-05-22'),
         ('D3', 'nevirapine', 'extended_release_tablet', ['VIRAMUNE XR'], [], 'Boehringer Ingelheim', 'Boehringer Ingelheim', [], ['Boehringer Ingelheim'], 'foreign_listing', 1, '2011-03-25'),
         ('D4', 'nevirapine', 'oral_suspension', ['VIRAMUNE'], [], 'Boehringer Ingelheim', 'Boehringer Ingelheim', [], ['Boehringer Ingelheim'], 'foreign_listing', 1, '1998-09-11'),
         ('D5', 'lamivudine / zidovudine', 'tablet', ['COMBIVIR'], [], 'ViiV Healthcare', 'ViiV Healthcare', [], ['ViiV Healthcare'], 'foreign_listing', 1, '1997-09-26'),
         ('D6', 'lamivudine', 'tablet', ['EPIVIR'], [], 'ViiV Healthcare', 'ViiV Healthcare', [], ['ViiV Healthcare'], 'foreign_listing', 1, '1995-11-17'),
         ('D7', 'osimertinib', 'tablet', ['TAGRISSO', 'タグリッソ錠', '泰瑞沙', '甲磺酸奥希替尼片'], ['EGFR'], 'AstraZeneca', 'AstraZeneca', [], ['AstraZeneca'], 'china_listing', 5, '2015-11-13'),
         ('D8', 'gefitinib', 'tablet', ['伊瑞可'], ['EGFR'], '齐鲁制药', NULL, [], [], 'china_listing', 1, '2016-12-01'),
         ('D9', 'famotidine', 'tablet', ['ガスター錠'], [], 'Astellas Pharma', 'Astellas', [], ['Astellas'], 'foreign_listing', 1, '1985-01-01'),
         ('D91', 'gefitinib', 'tablet', ['吉非替尼片'], ['EGFR'], 'Mylan', 'Viatris', [], ['Viatris'], 'registration', 1, NULL),
         ('D92', 'savolitinib', 'tablet', ['沃瑞沙'], [], 'AstraZeneca', 'AstraZeneca', [], ['AstraZeneca'], 'trial', 1, NULL)",
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
         ('jp_pmda:16000AMZ01234', 'jp_pmda', 'JP', '16000AMZ01234', NULL, '16000AMZ01234', 'ガスター錠', 'famotidine', 'ファモチジン', 'exact', 'tablet', '錠', 'exact', '20mg', 'Astellas Pharma', 'アステラス製薬株式会社', 'alias', 'Astellas', 'active', true, '1985-01-01', 'year', 3, getvariable('jp')),
         ('cn_nmpa:国药准字F20000001', 'cn_nmpa', 'CN', '国药准字F20000001', NULL, '国药准字F20000001', NULL, 'microcrystalline cellulose', '微晶纤维素', 'not_a_drug', 'unspecified', NULL, 'unspecified', NULL, '齐鲁制药', '齐鲁制药有限公司', 'key', NULL, 'active', true, NULL, NULL, 4, getvariable('cn'))",
    ),
    (
        "registration",
        "record_id, source_id, country, acceptance_number, numbers_raw, sources, lists, product_name, generic, generic_raw, generic_match, dosage_form, dosage_form_match, origin, product_kind, matter, matter_zh, one_off_import, application_type, conclusion, conclusion_zh, conclusion_date, conclusion_rule, accepted_date, companies, companies_raw, groups, approval_numbers, raw_table, record_key, row_number, body_sha256",
        "('cn_cde:JXHS1600003', 'cn_cde', 'CN', 'JXHS1600003', ['JXHS1600003', 'JXHS1600003国'], ['cn_cde', 'cn_nmpa_pickup'], ['acceptance', 'announcement'], '甲磺酸奥希替尼片', 'osimertinib', '甲磺酸奥希替尼片', 'salt_stripped', 'tablet', 'name', 'imported', 'chemical', 'production', '申请生产', false, '进口', 'import_approved', '批准进口', '2017-03-20', 'R20', '2016-05-12', ['AstraZeneca'], ['阿斯利康制药有限公司'], ['AstraZeneca'], ['H20170167'], 'acceptance', 'JXHS1600003', 2, getvariable('cde')),
         ('cn_cde:JTH1600012', 'cn_cde', 'CN', 'JTH1600012', ['JTH1600012'], ['cn_cde'], ['acceptance'], '吉非替尼片', 'gefitinib', '吉非替尼片', 'exact', 'tablet', 'name', 'imported', 'chemical', 'one_off_import', '一次性进口', true, '进口', 'none', '暂无', NULL, NULL, '2016-02-01', ['Mylan'], ['MYLAN LABORATORIES LTD'], ['Viatris'], [], 'acceptance', 'JTH1600012', 3, getvariable('cde'))",
    ),
    (
        "registration_evidence",
        "record_id, source_id, raw_table, record_key, evidence, title, evidence_date, product_name, companies_raw, row_number, body_sha256",
        "('cn_cde:JXHS1600003', 'cn_cde', 'acceptance', 'JXHS1600003', 'acceptance', NULL, '2016-05-12', '甲磺酸奥希替尼片', ['阿斯利康制药有限公司'], 2, getvariable('cde')),
         ('cn_cde:JXHS1600003', 'cn_nmpa_pickup', 'document', '20170324-JXHS1600003国', 'announcement', '2017年03月24日药品批准证明文件待领取信息发布', '2017-03-20', '甲磺酸奥希替尼片', ['阿斯利康制药有限公司'], 7, getvariable('cn')),
         ('cn_cde:JTH1600012', 'cn_cde', 'acceptance', 'JTH1600012', 'acceptance', NULL, '2016-02-01', '吉非替尼片', ['MYLAN LABORATORIES LTD'], 3, getvariable('cde'))",
    ),
    (
        "registration_association",
        "association_id, drug_id, generic, dosage_form, one_off_import, acceptance_numbers, record_ids, matters, conclusions, companies, groups, approval_numbers, first_accepted_date, marketing_approved_date",
        "('RA1', 'D7', 'osimertinib', 'tablet', false, ['JXHS1600003'], ['cn_cde:JXHS1600003'], ['production'], ['import_approved'], ['AstraZeneca'], ['AstraZeneca'], ['H20170167'], '2016-05-12', '2017-03-20'),
         ('RA2', 'D91', 'gefitinib', 'tablet', true, ['JTH1600012'], ['cn_cde:JTH1600012'], ['one_off_import'], ['none'], ['Mylan'], ['Viatris'], [], '2016-02-01', NULL)",
    ),
    (
        "trial",
        "trial_id, source_id, country, registry_number, other_numbers, title, phase, phase_zh, phase_source, status, status_zh, status_raw, start_date, start_date_precision, sponsors, sponsors_raw, products, drug_named, raw_table, record_key, row_number, body_sha256",
        "('cn_drug_trials:CTR20190001', 'cn_drug_trials', 'CN', 'CTR20190001', ['2018-001234-56', '2022-500123-45', 'NCT03000001'], '奥希替尼联合沃利替尼治疗非小细胞肺癌', 'phase_3', 'III期', 'field', 'recruiting', '进行中 招募中', '进行中 招募中', '2019-01-10', 'day', ['AstraZeneca'], ['阿斯利康制药有限公司'], 2, true, 'trial', 'CTR20190001', 1, getvariable('ctr')),
         ('cn_drug_trials:CTR20190002', 'cn_drug_trials', 'CN', 'CTR20190002', [], '健康人群观察研究', 'other', '其他', 'nowhere', 'completed', '已完成', '已完成', NULL, NULL, [], [], 0, false, 'trial', 'CTR20190002', 2, getvariable('ctr'))",
    ),
    (
        "trial_country",
        "trial_id, country, status, status_raw, decision_date",
        "('cn_drug_trials:CTR20190001', 'CN', 'recruiting', '进行中 招募中', '2019-01-10')",
    ),
    (
        "trial_product",
        "record_id, trial_id, source_id, country, product_name, generic, generic_raw, generic_match, found_in, matched_text, matched_at, dosage_form, dosage_form_match",
        "('cn_drug_trials:CTR20190001#osimertinib', 'cn_drug_trials:CTR20190001', 'cn_drug_trials', 'CN', NULL, 'osimertinib', '奥希替尼联合沃利替尼治疗非小细胞肺癌', 'exact', 'title', '奥希替尼', 0, 'tablet', 'inferred'),
         ('cn_drug_trials:CTR20190001#savolitinib', 'cn_drug_trials:CTR20190001', 'cn_drug_trials', 'CN', '沃瑞沙', 'savolitinib', 'AZD6094', 'development_code', 'product', NULL, NULL, 'tablet', 'name')",
    ),
    (
        "generic",
        "generic, ingredients, raw_names, names_zh, names_ja, targets, match, records",
        "('nevirapine', ['nevirapine'], ['NEVIRAPINE'], ['奈韦拉平'], ['ネビラピン'], [], 'matched', 5),
         ('lamivudine / zidovudine', ['lamivudine', 'zidovudine'], ['LAMIVUDINE; ZIDOVUDINE'], ['拉米夫定', '齐多夫定'], ['ラミブジン', 'ジドブジン'], [], 'matched', 1),
         ('lamivudine', ['lamivudine'], ['LAMIVUDINE'], ['拉米夫定'], ['ラミブジン'], [], 'matched', 1),
         ('osimertinib', ['osimertinib'], ['OSIMERTINIB MESYLATE', 'オシメルチニブメシル酸塩', '奥希替尼联合沃利替尼治疗非小细胞肺癌', '甲磺酸奥希替尼'], ['奥希替尼'], ['オシメルチニブ'], ['EGFR'], 'matched', 3),
         ('gefitinib', ['gefitinib'], ['吉非替尼'], ['吉非替尼'], ['ゲフィチニブ'], ['EGFR'], 'matched', 1),
         ('savolitinib', ['savolitinib'], ['AZD6094'], ['赛沃替尼'], [], [], 'matched', 1),
         ('famotidine', ['famotidine'], ['ファモチジン'], ['法莫替丁'], ['ファモチジン'], [], 'matched', 1),
         ('microcrystalline cellulose', ['microcrystalline cellulose'], ['微晶纤维素'], [], [], [], 'unmatched', 1)",
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
        "corporate_group_name",
        "corporate_group, name",
        "('AstraZeneca', 'AstraZeneca'), ('AstraZeneca', 'AZ'), ('AstraZeneca', '阿斯利康'), ('Astellas', 'Astellas')",
    ),
    (
        "dosage_form",
        "dosage_form, label_en, label_zh, label_ja, route, release, records",
        "('tablet', 'Tablet', '片剂', '錠剤', 'oral', 'immediate', 10),
         ('extended_release_tablet', 'Extended-release tablet', '缓释片（含控释片）', '徐放錠', 'oral', 'extended', 1),
         ('oral_suspension', 'Oral suspension', '口服混悬剂', '内用懸濁剤', 'oral', 'immediate', 1)",
    ),
    (
        "generic_name",
        "generic, name",
        "('osimertinib', 'osimertinib'), ('osimertinib', 'azd9291'), ('osimertinib', '奥希替尼'), ('osimertinib', 'オシメルチニブ')",
    ),
    ("target", "generic, target, source", "('osimertinib', 'EGFR', 'ChEMBL'), ('gefitinib', 'EGFR', 'ChEMBL')"),
    (
        "target_name",
        "target, name",
        "('EGFR', 'EGFR'), ('EGFR', 'HER1'), ('EGFR', 'ErbB-1'), ('EGFR', 'EGF receptor'), ('EGFR', '表皮生长因子受体'), ('EGFR', '上皮成長因子受容体')",
    ),
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

/// Companies, links, progress and the counts of drugs follow from the records.
pub const DERIVED: &str = "
UPDATE drug SET first_seen = '2026-11-20T08:00:00Z', last_changed = '2026-11-23T08:15:00Z';
UPDATE listing SET raw_table = 'products', market_company = company, market_status = status, market_source = source_id;
INSERT INTO record_company (record_id, source_id, role, company, company_raw, company_match, corporate_group, links, origin)
SELECT record_id, source_id, 'holder', company, company_raw, company_match, corporate_group, true, 'source' FROM listing;
INSERT INTO record_company (record_id, source_id, role, company, company_raw, company_match, corporate_group, links, origin)
SELECT r.record_id, r.source_id, r.role, c.company, r.company_raw, 'alias', c.corporate_group, true, 'source'
FROM (
    SELECT record_id, source_id, 'applicant' AS role, unnest(companies) AS company, unnest(companies_raw) AS company_raw FROM registration
    UNION ALL
    SELECT p.record_id, p.source_id, 'sponsor', unnest(t.sponsors), unnest(t.sponsors_raw) FROM trial_product p JOIN trial t USING (trial_id)
) r JOIN company c USING (company);
CREATE TEMP TABLE said AS
SELECT record_id, source_id, 'listing' AS record_kind, country, generic, dosage_form, false AS apart, 1 AS turn,
    'marketed' AS stage, '已上市' AS stage_zh, approval_date AS date, if(status = 'active', 'marketed', 'withdrawn') AS today
FROM listing WHERE generic_match <> 'not_a_drug'
UNION ALL
SELECT record_id, source_id, 'registration', country, generic, dosage_form, one_off_import, 2,
    if(one_off_import, 'undetermined', 'marketed'), if(one_off_import, '未判定', '已上市'), conclusion_date, NULL
FROM registration
UNION ALL
SELECT p.record_id, p.source_id, 'trial', p.country, p.generic, p.dosage_form, false, 3, 'phase_3', 'III期', t.start_date, NULL
FROM trial_product p JOIN trial t USING (trial_id);
INSERT INTO drug_record (drug_id, record_id, source_id, record_kind, country, link_kind, link_name, linked_to)
SELECT d.drug_id, l.record_id, l.source_id, l.record_kind, l.country,
    if(n = 1, 'first', 'group'), if(n = 1, NULL, l.corporate_group), if(n = 1, NULL, first_id)
FROM (
    SELECT s.*, c.company, c.corporate_group, row_number() OVER w AS n, first_value(s.record_id) OVER w AS first_id
    FROM said s JOIN record_company c USING (record_id)
    WINDOW w AS (PARTITION BY generic, dosage_form, company, apart ORDER BY s.source_id DESC, s.record_id)
) l JOIN drug d ON d.generic = l.generic AND d.dosage_form = l.dosage_form AND d.holder = l.company;
INSERT INTO block (generic, dosage_form, digest) SELECT DISTINCT generic, dosage_form, 'd' FROM drug;
UPDATE drug SET first_seen = TIMESTAMP '2026-11-20 08:00:00', last_changed = TIMESTAMP '2026-11-23 08:15:00';
UPDATE block SET computed_at = TIMESTAMP '2026-11-20 08:00:00';
CREATE TEMP TABLE best AS
SELECT r.drug_id, s.* FROM drug_record r JOIN said s USING (record_id);
INSERT INTO drug_progress (drug_id, country, progress, progress_zh, progress_date, highest_evidence, highest_evidence_records, current_status, current_status_records, deciding_records, records)
SELECT drug_id, country, arg_min(stage, turn), arg_min(stage_zh, turn), min(date) FILTER (turn = first_turn), arg_min(stage, turn), list(record_id ORDER BY record_id) FILTER (turn = first_turn),
    coalesce(min(today), 'not_marketed'), coalesce(list(record_id ORDER BY record_id) FILTER (today IS NOT NULL), []), list(record_id ORDER BY record_id) FILTER (turn = first_turn), count(*)
FROM (SELECT *, min(turn) OVER (PARTITION BY drug_id, country) AS first_turn FROM best) GROUP BY drug_id, country;
INSERT INTO progress (generic, dosage_form, country, progress, progress_zh, progress_date, highest_evidence, highest_evidence_records, current_status, current_status_records, deciding_records, drugs, records)
SELECT generic, dosage_form, country, arg_min(stage, turn), arg_min(stage_zh, turn), min(date) FILTER (turn = first_turn), arg_min(stage, turn), list(record_id ORDER BY record_id) FILTER (turn = first_turn),
    coalesce(min(today), 'not_marketed'), coalesce(list(record_id ORDER BY record_id) FILTER (today IS NOT NULL), []), list(record_id ORDER BY record_id) FILTER (turn = first_turn), count(DISTINCT drug_id), count(*)
FROM (SELECT *, min(turn) OVER (PARTITION BY generic, dosage_form, country) AS first_turn FROM best) GROUP BY generic, dosage_form, country;
UPDATE drug SET source_marks = s.marks, records_by_source = s.by_source, acceptance_numbers = s.numbers
FROM (
    SELECT drug_id, list(source_id ORDER BY source_id) AS marks, list(source_id || '=' || n ORDER BY source_id) AS by_source,
        coalesce((SELECT list(g.acceptance_number ORDER BY g.acceptance_number) FROM registration g JOIN drug_record r USING (record_id) WHERE r.drug_id = c.drug_id), []) AS numbers
    FROM (SELECT drug_id, source_id, count(*) AS n FROM drug_record GROUP BY ALL) c GROUP BY drug_id
) s WHERE s.drug_id = drug.drug_id;
";
