//! Made-up records in the columns of seven sources.

use regatta_dictionaries::Dictionaries;

use crate::dice::Dice;
use crate::fda::fda;
use crate::names::{Names, word};

/// A row of a raw table.
#[derive(Clone)]
pub struct Row {
    pub key: String,
    /// Line in the source's file.
    pub number: usize,
    /// Which page it is from; a page is a body.
    pub page: usize,
    pub cells: Vec<String>,
}

/// A raw table.
#[derive(Clone)]
pub struct Raw {
    pub source: &'static str,
    pub table: &'static str,
    pub columns: &'static [&'static str],
    /// What a change may change: columns of the company, the status (or date)
    /// and the name. None of a table that holds no records of its own.
    pub changes: Option<Changeable>,
    pub rows: Vec<Row>,
}

/// Places of columns.
#[derive(Clone, Copy)]
pub struct Changeable {
    pub company: Option<usize>,
    pub status: usize,
    pub name: usize,
    pub statuses: &'static [&'static str],
    /// The columns that the key is made of, joined with `-`.
    pub key: &'static [usize],
    /// What stands in the last of them in the nth new record.
    pub new: fn(usize) -> String,
}

/// Rows of a page of a source.
const PAGE: usize = 500;

/// Makes records of a source.
type Source = fn(&Names, &mut Dice, usize) -> Vec<Raw>;

/// Of a thousand records, so many are of each source.
const SHARES: [(usize, Source); 6] = [
    (200, fda),
    (330, domestic),
    (60, price),
    (240, acceptance),
    (110, chinese_trials),
    (60, european_trials),
];

/// About `records` records.
pub fn make(dictionaries: &Dictionaries, records: usize, seed: u64) -> Vec<Raw> {
    let names = Names::new(dictionaries, records);
    let mut dice = Dice::new(seed);
    SHARES
        .iter()
        .flat_map(|(share, source)| source(&names, &mut dice, records * share / 1_000))
        .collect()
}

/// The row at a place of the source.
pub fn row(key: String, at: usize, cells: Vec<String>) -> Row {
    Row { key, number: at + 1, page: at / PAGE, cells }
}

/// A day.
pub fn date(dice: &mut Dice) -> String {
    format!("{}-{:02}-{:02}", 1995 + dice.roll(30), 1 + dice.roll(12), 1 + dice.roll(28))
}

const FORMS_ZH: [&str; 8] = ["片", "片", "胶囊", "注射液", "颗粒", "缓释片", "乳膏", "滴眼液"];

fn domestic(names: &Names, dice: &mut Dice, records: usize) -> Vec<Raw> {
    let rows = (0..records).map(|at| {
        let number = format!("国药准字H{:08}", 20_000_000 + at);
        let (generic, form) = (names.generic_zh(dice), *dice.one(&FORMS_ZH));
        let holder = names.company_zh(dice);
        let maker = if dice.roll(5) == 0 { names.company_zh(dice) } else { holder.clone() };
        // R13: one in three hundred replaces another number.
        let former = if at > 10 && dice.roll(300) == 0 {
            format!("国药准字H{:08}", 20_000_000 + dice.roll(at))
        } else {
            String::new()
        };
        let strength = format!("{}mg", 5 * (1 + dice.roll(60)));
        let holder = if dice.roll(6) == 0 { String::new() } else { holder };
        let form =
            if form == "片" || form == "胶囊" { format!("{form}剂") } else { form.to_owned() };
        let name = format!("{generic}{}", form.trim_end_matches('剂'));
        row(
            number.clone(),
            at,
            vec![
                number,
                former,
                String::new(),
                name,
                form,
                strength,
                holder,
                maker,
                date(dice),
                String::new(),
            ],
        )
    });
    vec![Raw {
        source: "cn_nmpa",
        table: "domestic",
        columns: &[
            "approval_number",
            "former_approval_number",
            "trade_name",
            "product_name",
            "dosage_form",
            "strength",
            "holder",
            "manufacturer",
            "approval_date",
            "product_name_en",
        ],
        rows: rows.collect(),
        changes: Some(Changeable {
            company: Some(6),
            status: 8,
            name: 2,
            statuses: &["2001-02-03", "2010-04-05", "2020-06-07"],
            key: &[0],
            new: |n| format!("国药准字H29{n:06}"),
        }),
    }]
}

fn price(names: &Names, dice: &mut Dice, records: usize) -> Vec<Raw> {
    const FORMS: [(&str, char, &str); 4] = [
        ("内用薬", 'F', "錠"),
        ("内用薬", 'M', "カプセル"),
        ("注射薬", 'A', "注"),
        ("外用薬", 'N', "クリーム"),
    ];
    let rows = (0..records).map(|at| {
        let (class, letter, word) = *dice.one(&FORMS);
        let code = format!("{:07}{letter}{:04}", at / 9_000 + 1_100_000, at % 9_000 + 1_000);
        let generic = names.generic_ja(dice);
        let strength = format!("{}ｍｇ１錠", 5 * (1 + dice.roll(20)));
        let brand = format!("{generic}{word}{}ｍｇ", 5 * (1 + dice.roll(20)));
        let maker = names.company_ja(dice);
        row(
            code.clone(),
            at,
            vec![code, class.to_owned(), generic, strength, brand, maker, String::new()],
        )
    });
    vec![Raw {
        source: "jp_mhlw_price",
        table: "price",
        columns: &[
            "price_code",
            "class",
            "ingredient",
            "strength",
            "brand_name",
            "maker",
            "transitional_until",
        ],
        rows: rows.collect(),
        changes: Some(Changeable {
            company: Some(5),
            status: 6,
            name: 4,
            statuses: &["2027-03-31", ""],
            key: &[0],
            new: |n| format!("9{n:06}F1010"),
        }),
    }]
}

fn acceptance(names: &Names, dice: &mut Dice, records: usize) -> Vec<Raw> {
    const KINDS: [&str; 7] = ["CYHS", "CYHS", "CYHB", "CXHL", "CXHS", "JXHL", "JXHS"];
    let rows = (0..records).map(|at| {
        let number = format!("{}{:02}{:05}", dice.one(&KINDS), at / 40_000 + 10, at % 40_000);
        let name = format!("{}{}", names.generic_zh(dice), dice.one(&FORMS_ZH));
        let mut companies = names.company_zh(dice);
        if dice.roll(8) == 0 {
            companies = format!("{companies}; {}", names.company_zh(dice));
        }
        row(number.clone(), at, vec![number, name, "仿制".to_owned(), companies, date(dice)])
    });
    vec![Raw {
        source: "cn_cde",
        table: "acceptance",
        columns: &[
            "acceptance_number",
            "product_name",
            "application_type",
            "companies",
            "accepted_date",
        ],
        rows: rows.collect(),
        changes: Some(Changeable {
            company: Some(3),
            status: 4,
            name: 2,
            statuses: &["2001-02-03", "2010-04-05", "2020-06-07"],
            key: &[0],
            new: |n| format!("CYHS99{n:05}"),
        }),
    }]
}

fn chinese_trials(names: &Names, dice: &mut Dice, records: usize) -> Vec<Raw> {
    let rows = (0..records).map(|at| {
        let number = format!("CTR{:08}", 20_130_000 + at);
        let name = format!("{}{}", names.generic_zh(dice), dice.one(&FORMS_ZH));
        let phase = *dice.one(&["I期", "II期", "III期", "IV期", "其它"]);
        let title = format!("{name}治疗受试者的{phase}研究");
        let status = *dice.one(&["已完成", "进行中 招募中", "进行中 尚未招募"]);
        let cells = [&number, status, &date(dice), &names.company_zh(dice), &name, &title, phase];
        row(number.clone(), at, cells.map(str::to_owned).to_vec())
    });
    vec![Raw {
        source: "cn_drug_trials",
        table: "trial",
        columns: &[
            "registration_number",
            "status",
            "first_published",
            "applicants",
            "drug_name",
            "public_title",
            "phase",
        ],
        rows: rows.collect(),
        changes: Some(Changeable {
            company: Some(3),
            status: 1,
            name: 5,
            statuses: &["已完成", "进行中 招募中", "进行中 招募完成"],
            key: &[0],
            new: |n| format!("CTR2099{n:06}"),
        }),
    }]
}

fn european_trials(names: &Names, dice: &mut Dice, records: usize) -> Vec<Raw> {
    let rows = (0..records).map(|at| {
        let number = format!("2024-{:06}-{:02}", 500_000 + at, at % 97);
        let product = names.generic_en(dice, ", ");
        let title = format!("A study of {product} in participants with {}", word(dice.roll(500)));
        let phase = *dice.one(&[
            "Therapeutic exploratory (Phase II)",
            "Therapeutic confirmatory  (Phase III)",
            "Human pharmacology (Phase I)- Other",
        ]);
        let cells = [
            &format!("{number}-00"),
            &number,
            *dice.one(&["3", "4", "5", "8"]),
            &title,
            &date(dice),
            &names.company_en(dice),
            phase,
            &product,
        ];
        row(format!("{number}-00"), at, cells.map(str::to_owned).to_vec())
    });
    vec![Raw {
        source: "eu_ctis",
        table: "trial",
        columns: &[
            "ct_number",
            "trial_number",
            "ct_status",
            "ct_title",
            "start_date_eu",
            "sponsor",
            "trial_phase",
            "product",
        ],
        rows: rows.collect(),
        changes: Some(Changeable {
            company: Some(5),
            status: 2,
            name: 3,
            statuses: &["3", "4", "5", "8"],
            key: &[0],
            new: |n| format!("2099-{n:06}-11-00"),
        }),
    }]
}
