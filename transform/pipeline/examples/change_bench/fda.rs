//! Made-up records of the FDA.

use crate::dice::Dice;
use crate::names::{Names, word};
use crate::records::{Changeable, Raw, Row, date, row};

const FORMS_EN: [&str; 10] = [
    "TABLET;ORAL",
    "TABLET;ORAL",
    "TABLET;ORAL",
    "CAPSULE;ORAL",
    "INJECTABLE;INJECTION",
    "SOLUTION;ORAL",
    "TABLET, EXTENDED RELEASE;ORAL",
    "CREAM;TOPICAL",
    "SOLUTION/DROPS;OPHTHALMIC",
    "SUSPENSION;ORAL",
];

/// Drugs@FDA, of whose products nine in ten stand in the Orange Book too.
pub fn fda(names: &Names, dice: &mut Dice, records: usize) -> Vec<Raw> {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let (mut products, mut applications, mut statuses, mut submissions, mut book) =
        (Vec::new(), Vec::new(), Vec::new(), Vec::new(), Vec::new());
    while products.len() + book.len() < records {
        let application = applications.len();
        let number = format!("{:06}", application + 10_000);
        let (generic, company) = (names.generic_en(dice, "; "), names.company_en(dice));
        let form = (*dice.one(&FORMS_EN)).to_owned();
        let brand = if dice.roll(4) == 0 { word(dice.roll(100_000)) } else { generic.clone() };
        let approved = date(dice);
        let (letter, kind) = if dice.roll(4) == 0 { ("N", "NDA") } else { ("A", "ANDA") };
        let short: String = company.chars().take(24).collect();
        applications.push(row(
            number.clone(),
            application,
            vec![number.clone(), kind.to_owned(), short],
        ));
        submissions.push(row(
            format!("{number}-ORIG-1"),
            application,
            [&number, "ORIG", "AP", &format!("{approved} 00:00:00")].map(str::to_owned).to_vec(),
        ));
        for product in 1..=1 + dice.roll(4) {
            let (at, product) = (products.len(), format!("{product:03}"));
            let strength = format!("{}MG", 5 * (1 + dice.roll(80)));
            let key = format!("{number}-{product}");
            let cells =
                [&number, &product, &form, &strength, &brand, &generic].map(Clone::clone).to_vec();
            products.push(row(key.clone(), at, cells));
            let status = (*dice.one(&["1", "1", "1", "2", "3", "4"])).to_owned();
            let cells = vec![number.clone(), product.clone(), status.clone()];
            statuses.push(row(format!("{key}-{status}"), at, cells));
            if dice.roll(10) > 0 {
                let month = MONTHS[approved[5..7].parse::<usize>().unwrap_or(1) - 1];
                let day = format!(
                    "{month} {}, {}",
                    approved[8..].trim_start_matches('0'),
                    &approved[..4]
                );
                let cells = [&generic, &form, &brand, &strength, letter, &number, &product, &day]
                    .map(str::to_owned);
                let more = [(*dice.one(&["RX", "RX", "OTC", "DISCN"])).to_owned(), company.clone()];
                let key = format!("{letter}-{key}");
                book.push(row(key, book.len(), [&cells[..], &more[..]].concat()));
            }
        }
    }
    tables(applications, statuses, submissions, products, book)
}

fn tables(
    applications: Vec<Row>,
    statuses: Vec<Row>,
    submissions: Vec<Row>,
    products: Vec<Row>,
    book: Vec<Row>,
) -> Vec<Raw> {
    let raw = |source, table, columns, rows, changes| Raw { source, table, columns, changes, rows };
    vec![
        raw(
            "us_drugs_at_fda",
            "applications",
            &["appl_no", "appl_type", "sponsor_name"],
            applications,
            None,
        ),
        raw(
            "us_drugs_at_fda",
            "marketing_status",
            &["appl_no", "product_no", "marketing_status_id"],
            statuses,
            None,
        ),
        raw(
            "us_drugs_at_fda",
            "submissions",
            &["appl_no", "submission_type", "submission_status", "submission_status_date"],
            submissions,
            None,
        ),
        raw(
            "us_drugs_at_fda",
            "products",
            &["appl_no", "product_no", "form", "strength", "drug_name", "active_ingredient"],
            products,
            Some(Changeable {
                company: None,
                status: 3,
                name: 4,
                statuses: &["10MG", "20MG", "30MG", "40MG"],
                key: &[0, 1],
                new: |n| format!("9{n:04}"),
            }),
        ),
        raw(
            "us_orange_book",
            "products",
            &[
                "ingredient",
                "df_route",
                "trade_name",
                "strength",
                "appl_type",
                "appl_no",
                "product_no",
                "approval_date",
                "type",
                "applicant_full_name",
                "applicant",
            ],
            book.into_iter().map(with_short_name).collect(),
            Some(Changeable {
                company: Some(9),
                status: 8,
                name: 2,
                statuses: &["RX", "OTC", "DISCN"],
                key: &[4, 5, 6],
                new: |n| format!("9{n:04}"),
            }),
        ),
    ]
}

fn with_short_name(mut row: Row) -> Row {
    let short = row.cells.last().map(|name| name.chars().take(20).collect());
    row.cells.extend(short);
    row
}
