-- A lake of any size for measuring search, the same for the same number of drugs. Names are made of
-- syllables, so that they share beginnings, parts and endings as real ones do. The variable `drugs`
-- says how many drugs.
CREATE MACRO pick_of(list, i, salt) AS list[1 + (hash(i, salt) % len(list))::INTEGER];
CREATE MACRO pick(name, i, salt) AS pick_of(getvariable(name), i, salt);
CREATE MACRO below(n, i, salt) AS (hash(i, salt) % greatest(n, 1)::UBIGINT)::BIGINT;
CREATE MACRO digits(i, n) AS lpad(i::VARCHAR, n, '0');

-- Variables are constants in the statements that use them: a column of such lists would be copied into every row.
SET VARIABLE latin = ['ab','ac','al','am','an','ap','ar','as','at','az','ba','be','bi','bo','ca','ce','ci','clo','co','cy','da','de','di','do','du','e','en','er','es','fa','fe','flu','fo','ga','ge','gli','ha','ib','im','in','io','ke','la','le','li','lo','lu','ma','me','mi','mo','na','ne','ni','no','ol','os','ox','pa','pe','pi','pra','pro','qui','ra','re','ri','ro','sa','se','si','so','su','ta','te','ti','to','tra','u','va','ve','vi','vo','xi','za','ze','zi','zo'];
SET VARIABLE stem = ['tinib','mab','limab','zumab','pine','vir','tegravir','buvir','sartan','statin','olol','pril','dipine','prazole','floxacin','cillin','cef','mycin','azole','gliptin','gliflozin','glutide','parin','xaban','triptan','setron','caine','barbital','azepam','lukast','fenac','profen','coxib','dronate','thiazide','oxetine','amine','idine','one','ate'];
SET VARIABLE chinese = string_split('阿奥巴贝苯比布达地丁多恩尔非芬氟福格古哈海环吉甲卡克拉来雷利林硫罗洛马美米莫那奈尼诺帕培匹普齐曲瑞塞沙司索他泰坦特替通头维韦西希辛依伊乙英扎唑左佐', '');
SET VARIABLE stem_zh = ['替尼','单抗','平','韦','沙坦','他汀','洛尔','普利','地平','拉唑','沙星','西林','霉素','康唑','列汀','列净','肽','肝素','沙班','曲坦','司琼','卡因','巴比妥','西泮','司特','芬酸','洛芬','昔布','膦酸钠','噻嗪','西汀','胺','定','酮','酸钠','钠','钙','盐酸盐','片素','因'];
SET VARIABLE kana = string_split('アイウエオカキクケコサシスセソタチツテトナニネノハヒフヘホマミムメモラリルレロワンガギグゲゴザジズゼゾダデドバビブベボパピプペポ', '');
SET VARIABLE place_zh = ['江苏','浙江','山东','广东','四川','河北','湖北','湖南','上海','北京','天津','重庆','安徽','福建','江西','河南','陕西','云南','贵州','辽宁','吉林','海南','齐鲁','石家庄','成都','杭州','南京','苏州','深圳','广州'];
SET VARIABLE firm_zh = string_split('恒瑞豪森正大天晴扬子复星华海信立泰科伦康弘贝达百济神州诺诚健君实绿叶石药东阳光丽珠奥赛普洛国罗欣鲁抗新昌', '');
SET VARIABLE firm = ['Pharmaceuticals','Pharma','Laboratories','Laboratories Ltd','Healthcare','Biotech','Biosciences','Therapeutics','Generics','Life Sciences','Medicines','Pharma GmbH','Farmaceutica','Pharma SA','Pharmaceutical Co Ltd'];

CREATE TEMP TABLE form AS SELECT row_number() OVER () - 1 AS f, * FROM (VALUES
    ('tablet','Tablet','片剂','錠剤','片'), ('film_coated_tablet','Film-coated tablet','薄膜衣片','フィルムコーティング錠','薄膜衣片'),
    ('capsule','Capsule','胶囊剂','カプセル剤','胶囊'), ('injection','Injection','注射剂','注射剤','注射液'),
    ('powder_for_injection','Powder for injection','注射用无菌粉末','注射用粉末','粉针'), ('oral_solution','Oral solution','口服溶液剂','内用液剤','口服溶液'),
    ('extended_release_tablet','Extended-release tablet','缓释片','徐放錠','缓释片'), ('extended_release_capsule','Extended-release capsule','缓释胶囊','徐放カプセル','缓释胶囊'),
    ('oral_suspension','Oral suspension','口服混悬剂','経口懸濁液','混悬液'), ('granules','Granules','颗粒剂','顆粒剤','颗粒'),
    ('cream','Cream','乳膏剂','クリーム剤','乳膏'), ('ointment','Ointment','软膏剂','軟膏剤','软膏'), ('gel','Gel','凝胶剂','ゲル剤','凝胶'),
    ('eye_drops','Eye drops','滴眼剂','点眼剤','滴眼液'), ('nasal_spray','Nasal spray','鼻用喷雾剂','点鼻液','鼻喷雾剂'),
    ('inhalation_powder','Inhalation powder','吸入粉雾剂','吸入粉末剤','吸入粉雾剂'), ('transdermal_patch','Transdermal patch','透皮贴剂','貼付剤','贴片'),
    ('suppository','Suppository','栓剂','坐剤','栓'), ('orodispersible_tablet','Orodispersible tablet','口崩片','口腔内崩壊錠','口崩片'),
    ('chewable_tablet','Chewable tablet','咀嚼片','チュアブル錠','咀嚼片'), ('unspecified','Unspecified','未说明','不明','')
) AS t(dosage_form, label_en, label_zh, label_ja, short_zh);

INSERT INTO dosage_form (dosage_form, label_en, label_zh, label_ja, records)
SELECT dosage_form, label_en, label_zh, label_ja, 1 FROM form;

-- A generic for about twelve drugs.
CREATE TEMP TABLE g AS
SELECT i, single || if(i % 12 = 0, ' / ' || other, '') AS generic, single, other, zh, ja, targets FROM (
    SELECT i, pick('latin', i, 'g1') || pick('latin', i, 'g2') || if(i % 3 = 0, pick('latin', i, 'g3'), '') || pick('stem', i, 'g4') AS single,
        pick('latin', i // 9, 'h1') || pick('latin', i // 9, 'h2') || pick('stem', i // 9, 'h4') AS other,
        pick('chinese', i, 'g1') || pick('chinese', i, 'g2') || if(i % 3 = 0, pick('chinese', i, 'g3'), '') || pick('stem_zh', i, 'g4') AS zh,
        pick('kana', i, 'g1') || pick('kana', i, 'g2') || pick('kana', i, 'g3') || pick('kana', i, 'g4') || pick('kana', i, 'g5') || if(i % 2 = 0, 'ブ', 'ン') AS ja,
        if(i % 3 = 0, [], list_distinct([chr((65 + below(26, i, 't1'))::INTEGER) || chr((65 + below(26, i, 't2'))::INTEGER) || pick_of(['K','R','FR','P','TN'], i, 't3') || below(9, i, 't4'),
            pick_of(['EGFR','ERBB2','VEGFA','PDCD1','HMGCR','DPP4','ADRB1','SLC6A4'], i, 't5')])) AS targets
    FROM range((getvariable('drugs') // 12 + 1)::BIGINT) AS r(i)
) QUALIFY row_number() OVER (PARTITION BY generic ORDER BY i) = 1;
CREATE TEMP TABLE generic_no AS SELECT row_number() OVER (ORDER BY i) - 1 AS n, * FROM g;

INSERT INTO generic (generic, ingredients, raw_names, names_zh, names_ja, targets, match, records)
SELECT generic, if(generic = single, [single], [single, other]),
    [upper(generic), upper(generic) || ' HYDROCHLORIDE', zh || '盐酸盐'], [zh], [ja], targets, 'matched', 1
FROM g;

-- A company for about sixty drugs, a few of them very large.
CREATE TEMP TABLE c AS
SELECT i, if(i % 4 = 0, zh, en) AS company, en, zh, if(i % 3 = 0, NULL, 'Group ' || pick('latin', i // 5, 'q1') || pick('latin', i // 5, 'q2') || (i // 5)) AS corporate_group
FROM (
    SELECT i, CASE i WHEN 1 THEN 'Teva' WHEN 2 THEN 'Viatris' WHEN 3 THEN 'Sandoz' WHEN 5 THEN 'AstraZeneca'
            ELSE upper(left(pick('latin', i, 'c1'), 1)) || pick('latin', i, 'c1')[2:] || pick('latin', i, 'c2') || pick('latin', i, 'c3') || ' ' || pick('firm', i, 'c4') END AS en,
        pick('place_zh', i, 'c1') || pick('firm_zh', i, 'c2') || pick('firm_zh', i, 'c3') || pick_of(['药业有限公司','制药股份有限公司','生物科技有限公司','医药集团有限公司'], i, 'c4') AS zh
    FROM range((getvariable('drugs') // 60 + 10)::BIGINT) AS r(i)
) QUALIFY row_number() OVER (PARTITION BY company ORDER BY i) = 1;
CREATE TEMP TABLE company_no AS SELECT row_number() OVER (ORDER BY i) - 1 AS n, * FROM c;

INSERT INTO company (company, corporate_group, known, raw_names, records, drugs)
SELECT company, corporate_group, true, [upper(en) || ' INC', en || ' Ltd.', zh, zh || '（' || left(zh, 2) || '）'], 1, 1 FROM c;
INSERT INTO corporate_group (company, corporate_group, label_zh)
SELECT company, corporate_group, left(zh, 4) || '集团' FROM c WHERE corporate_group IS NOT NULL;

SET VARIABLE generics = (SELECT count(*) FROM generic_no);
SET VARIABLE companies = (SELECT count(*) FROM company_no);
SET VARIABLE forms = (SELECT count(*) FROM form);
-- Drugs: common generics, forms and companies have most of them. The shares of the regions and the numbers of
-- records are about those of the regulators' real lists: six of ten drugs American, two Japanese.
CREATE TEMP TABLE chosen AS
SELECT i, floor(pow(below(100000, i, 'g') / 100000, 1.5) * getvariable('generics'))::BIGINT AS g,
    floor(pow(below(1000, i, 'f') / 1000, 2) * getvariable('forms'))::BIGINT AS f,
    floor(pow(below(100000, i, 'c') / 100000, 2) * getvariable('companies'))::BIGINT AS c,
    if(i % 8 = 0, below(getvariable('companies'), i, 'p'), NULL) AS p,
    if(i % 50 = 0, below(getvariable('companies'), i, 'm'), NULL) AS m,
    below(100, i, 're') AS region, 1 + floor(pow(below(1000, i, 'n') / 1000, 4) * 8)::BIGINT AS products
FROM range(1, getvariable('drugs')::BIGINT + 1) AS r(i);
CREATE TEMP TABLE d AS
SELECT r.i, 'D' || digits(r.i, 7) AS drug_id, g.generic, g.single, g.zh, g.ja, g.targets, f.*,
    c.company AS holder, c.corporate_group AS holder_group, p.company AS partner, p.corporate_group AS partner_group,
    m.company AS manufacturer, c.en AS firm,
    if(region < 64 OR region >= 95, products, 0) AS us, if(region BETWEEN 64 AND 82 OR region >= 98, least(products, 3), 0) AS jp,
    if(region BETWEEN 83 AND 93 OR region >= 97, least(products, 2), 0) AS cn, if(region = 94 OR region >= 96, 1, 0) AS eu,
    if(below(20, r.i, 'rg') = 0, 1 + below(3, r.i, 'rh'), 0) AS registrations, if(below(25, r.i, 'tr') = 0, 1 + below(3, r.i, 'ts'), 0) AS trials
FROM chosen r
JOIN generic_no g ON g.n = r.g
JOIN form f ON f.f = r.f
JOIN company_no c ON c.n = r.c
LEFT JOIN company_no p ON p.n = r.p
LEFT JOIN company_no m ON m.n = r.m;

-- Every American product is in both lists, as N-020636-001 and 020636-001.
CREATE TEMP TABLE us_product AS
SELECT *, digits((i * 700001) % 1000000, 6) || if(i >= 1000000, chr((97 + i // 1000000)::INTEGER), '') AS application, digits(1 + n, 3) AS product,
    if(below(10, i, 'na') < 7, 'A', 'N') AS letter
FROM (SELECT i, generic, dosage_form, holder, unnest(range(us)) AS n FROM d);
INSERT INTO listing (record_id, source_id, country, record_key, product_number, application_number, generic, dosage_form, company, row_number)
SELECT source_id || ':' || key, source_id, 'US', key, application || '/' || product, if(letter = 'A', 'ANDA', 'NDA') || application, generic, dosage_form, holder, i
FROM (
    SELECT *, 'us_orange_book' AS source_id, letter || '-' || application || '-' || product AS key FROM us_product
    UNION ALL SELECT *, 'us_drugs_at_fda', application || '-' || product FROM us_product
);
INSERT INTO listing (record_id, source_id, country, record_key, product_number, application_number, generic, dosage_form, company, row_number)
SELECT 'jp_mhlw_price:' || key, 'jp_mhlw_price', 'JP', key, key, key, generic, dosage_form, holder, i
FROM (
    SELECT *, digits(1110000 + (i * 7919) % 8000000, 7) || pick_of(['F', 'M', 'A', 'X', 'Q'], i, 'jf') || digits(1 + i // 8000000, 1) || digits(1 + n * 7 + below(30, i, 'jn'), 3) AS key
    FROM (SELECT i, generic, dosage_form, holder, unnest(range(jp)) AS n FROM d)
);
INSERT INTO listing (record_id, source_id, country, record_key, application_number, product_number, generic, dosage_form, company, row_number)
SELECT 'cn_nmpa:' || key, 'cn_nmpa', 'CN', key, '国药准字' || number, number, generic, dosage_form, holder, i
FROM (
    SELECT *, number || '-869' || digits((i * 7 + n) % 100000, 5) || digits((i * 31 + n * 17) % 1000000, 6) AS key
    FROM (
        SELECT *, pick_of(['H','Z','S','HJ'], i, 'zi') || (1998 + below(27, i + n, 'ye')) || digits((i * 3 + n) % 10000, 4) AS number
        FROM (SELECT i, generic, dosage_form, holder, unnest(range(cn)) AS n FROM d)
    )
);
INSERT INTO listing (record_id, source_id, country, record_key, application_number, generic, dosage_form, company, row_number)
SELECT 'eu_ema:' || key, 'eu_ema', 'EU', key, key, generic, dosage_form, holder, i
FROM (SELECT i, generic, dosage_form, holder, 'EMEA/H/C/' || digits(i, 6) AS key FROM d WHERE eu = 1);
INSERT INTO registration (record_id, source_id, country, acceptance_number, generic, dosage_form, companies, raw_table, record_key, row_number)
SELECT 'cn_cde:' || key || i, 'cn_cde', 'CN', key, generic, dosage_form, [holder], 'acceptance', key, i
FROM (
    SELECT *, pick_of(['CYHS','CXHL','JXHS','CYHB','CXSL'], i, 'rk') || digits((i * 11 + n) % 10000000, 7) AS key
    FROM (SELECT i, generic, dosage_form, holder, unnest(range(registrations)) AS n FROM d)
);
CREATE TEMP TABLE t AS
SELECT *, if(n % 2 = 0, 'CTR' || (2012 + below(13, i + n, 'ty')) || digits((i * 3 + n) % 1000000, 6),
    (2004 + below(18, i + n, 'te')) || '-' || digits((i * 3 + n) % 1000000, 6) || '-' || digits(below(90, i, 'tz') + 10, 2)) AS number
FROM (SELECT i, generic, dosage_form, zh, unnest(range(trials)) AS n FROM d);
INSERT INTO trial (trial_id, source_id, country, registry_number, other_numbers, products, drug_named, record_key, row_number)
SELECT 'trial:' || number || ':' || i, 'cn_ctr', 'CN', number, if(n = 0, ['NCT' || digits((i * 13) % 100000000, 8)], []), 1, true, number, i FROM t;
INSERT INTO trial_product (record_id, trial_id, source_id, country, generic, generic_raw, found_in, dosage_form)
SELECT 'product:' || number || ':' || i, 'trial:' || number || ':' || i, 'cn_ctr', 'CN', generic, zh, 'product', dosage_form FROM t;

CREATE TEMP TABLE drug_of AS
SELECT 'D' || digits(row_number, 7) AS drug_id, record_id, source_id, 'listing' AS kind, country, NULL AS number FROM listing
UNION ALL SELECT 'D' || digits(row_number, 7), record_id, 'cn_cde', 'registration', 'CN', acceptance_number FROM registration
UNION ALL SELECT 'D' || digits(string_split(record_id, ':')[3]::BIGINT, 7), record_id, 'cn_ctr', 'trial', 'CN', NULL FROM trial_product;
INSERT INTO drug_record (drug_id, record_id, source_id, record_kind, country, link_kind)
SELECT drug_id, record_id, source_id, kind, country, 'first' FROM drug_of;
INSERT INTO drug_progress (drug_id, country, progress, progress_zh, progress_date, current_status, deciding_records, records)
SELECT drug_id, country, if(bool_or(kind = 'listing'), 'marketed', 'phase_3'), if(bool_or(kind = 'listing'), '已上市', 'III期'),
    DATE '1985-01-01' + below(14000, drug_id, country)::INTEGER,
    if(bool_or(kind = 'listing'), pick_of(['marketed','withdrawn'], drug_id, 'cs'), 'not_marketed'), list(record_id ORDER BY record_id)[:1], count(*)
FROM drug_of GROUP BY drug_id, country;

CREATE TEMP TABLE counted AS
SELECT drug_id, sum(n)::BIGINT AS records, list(source_id || '=' || n ORDER BY source_id) AS by_source,
    list(source_id ORDER BY source_id) AS marks, list_sort(flatten(list(numbers))) AS numbers
FROM (
    SELECT drug_id, source_id, count(*) AS n, coalesce(list(number) FILTER (number IS NOT NULL), []) AS numbers
    FROM drug_of GROUP BY drug_id, source_id
) GROUP BY drug_id;
INSERT INTO drug (drug_id, generic, dosage_form, drug_names, drug_names_zh, drug_names_ja, targets, holder, holder_group, holder_source, partners,
    manufacturers, groups, source_marks, records, records_by_source, acceptance_numbers, first_approval_date, first_seen, last_changed, flags)
SELECT d.drug_id, d.generic, d.dosage_form, list_sort(list_distinct(names_latin || zh_names || ja_names)), zh_names, ja_names,
    d.targets, d.holder, d.holder_group, 'foreign_listing', if(partner IS NULL OR partner = holder, [], [partner]),
    if(manufacturer IS NULL, [], [manufacturer]),
    list_sort(list_distinct(list_filter([holder_group, partner_group], lambda x: x IS NOT NULL))), n.marks, n.records, n.by_source, n.numbers,
    DATE '1985-01-01' + below(14000, i, 'fa')::INTEGER, '2026-01-01T00:00:00Z', '2026-01-01T00:00:00Z', []
FROM (
    SELECT *, if(cn + registrations + trials > 0, [if(dosage_form LIKE 'powder%', '注射用', '') || zh || short_zh], []) AS zh_names,
        [ja || replace(label_ja, '錠剤', '錠') || strength || 'mg「' || left(firm, 4) || '」' FOR strength IN [5, 10, 20][:jp]] AS ja_names,
        if(us + eu = 0, [], if(brand % 3 = 0, [upper(pick('latin', i, 'b1') || pick('latin', i, 'b2') || pick('latin', i // 2, 'b3') || pick_of(['x','a','ra','tis','vo','na','ris'], i, 'b4'))], [upper(single)])
            || if(brand = 7, [upper(single) || ' HYDROCHLORIDE'], [])) AS names_latin
    FROM (SELECT *, below(10, i, 'br') AS brand FROM d)
) d
JOIN counted n USING (drug_id);
