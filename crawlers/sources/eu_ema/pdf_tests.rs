//! Documents: small ones made for a quirk each, and the real ones. Tables of
//! presentations are drawn in `presentation_tests`.

use std::fmt::Write as _;

use proptest::prelude::*;

use super::presentation_tests::table;
use super::*;
use crate::test_crawl::{crawl, fixture, real_day};
use crate::{Issue, TextTable};

/// A document in the simplest form: one content stream a page, Helvetica.
pub(super) fn pdf(pages: &[String], turn: i32) -> Vec<u8> {
    let mut objects = vec![
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        String::new(),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>"
            .to_owned(),
    ];
    let mut kids = String::new();
    for content in pages {
        let page = objects.len() + 1;
        write!(kids, "{page} 0 R ").unwrap();
        objects.push(format!(
            "<< /Type /Page /Parent 2 0 R /Contents {} 0 R /Resources << /Font << /F1 3 0 R >> >> >>",
            page + 1
        ));
        objects.push(format!("<< /Length {} >>\nstream\n{content}\nendstream", content.len()));
    }
    objects[1] = format!(
        "<< /Type /Pages /Kids [ {kids}] /Count {} /MediaBox [0 0 842 595] /Rotate {turn} >>",
        pages.len()
    );
    let mut file = "%PDF-1.4\n".to_owned();
    let mut places = Vec::new();
    for (number, object) in (1..).zip(&objects) {
        places.push(file.len());
        write!(file, "{number} 0 obj\n{object}\nendobj\n").unwrap();
    }
    let table = file.len();
    write!(file, "xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1).unwrap();
    for place in places {
        writeln!(file, "{place:010} 00000 n ").unwrap();
    }
    write!(
        file,
        "trailer\n<< /Size {} /Root 1 0 R >>\nstartxref\n{table}\n%%EOF\n",
        objects.len() + 1
    )
    .unwrap();
    file.into_bytes()
}

#[test]
fn nesting_beyond_reason_is_an_error_or_nothing() {
    for deep in ["[".repeat(300_000), "<< /A ".repeat(300_000), "( ".repeat(300_000)] {
        let place = format!("1 0 obj\n{deep}\nendobj\n");
        let file = format!(
            "%PDF-1.4\n{place}xref\n0 2\n0000000000 65535 f \n0000000009 00000 n \n\
             trailer\n<< /Size 2 /Root 1 0 R >>\nstartxref\n{}\n%%EOF\n",
            9 + place.len()
        );
        if let Ok(pages) = pdf::read_pages(file.as_bytes(), |_| false) {
            assert_eq!(pages, []);
        }
        // And in what a page shows.
        let _ = pdf::read_pages(&pdf(&[deep], 0), |_| false);
    }
}

pub(super) fn text(x: u32, y: u32, text: &str) -> String {
    let text = text.replace('(', "\\(").replace(')', "\\)");
    format!("BT /F1 10 Tf 1 0 0 1 {x} {y} Tm ({text}) Tj ET\n")
}

/// Lines from the top down, 12 points apart; an empty one is a gap.
fn prose(lines: &[&str]) -> String {
    let place = |at: usize| 540 - 12 * u32::try_from(at).unwrap();
    let shown = lines.iter().enumerate().filter(|(_, l)| !l.is_empty());
    shown.map(|(at, line)| text(70, place(at), line)).collect()
}

pub(super) fn read(kind: &str, body: &[u8]) -> (TextTable, Vec<Issue>) {
    let name = match kind {
        "presentations" => "viramune-epar-all-authorised-presentations_en.pdf",
        _ => "viramune-epar-product-information_en.pdf",
    };
    let request = EuEma.import_request(name, b"%PDF-").unwrap();
    assert_eq!(request.kind, kind);
    let page = Page { request: &request, content_type: None, last_modified: None, body };
    let mut parsed = EuEma.parse(&page).unwrap();
    (parsed.tables.swap_remove(0), parsed.issues)
}

fn forms(body: &[u8]) -> (Vec<[String; 4]>, Vec<Issue>) {
    let (table, issues) = read("product_information", body);
    let cell = |row: usize, name: &str| table.column(name).unwrap().get(row).unwrap().to_owned();
    let columns = ["block_number", "form_number", "name", "pharmaceutical_form"];
    ((0..table.len()).map(|row| columns.map(|name| cell(row, name))).collect(), issues)
}

const VIRAMUNE: [&str; 14] = [
    "1. NAME OF THE MEDICINAL PRODUCT",
    "",
    "Viramune 200 mg tablets",
    "",
    "2. QUALITATIVE AND QUANTITATIVE COMPOSITION",
    "Each tablet contains 200 mg of nevirapine (as anhydrous).",
    "3. PHARMACEUTICAL FORM",
    "",
    "Tablet",
    "",
    "White, oval, biconvex tablets. One side is debossed with the code \"54 193\".",
    "",
    "4. CLINICAL PARTICULARS",
    "4.1 Therapeutic indications",
];

#[test]
fn blocks_are_read_up_to_annex_two() {
    let suspension = VIRAMUNE.map(|line| match line {
        "Viramune 200 mg tablets" => "Viramune 50 mg/5 ml oral suspension",
        "Tablet" => "Oral suspension. ",
        other => other,
    });
    let last = prose(&["ANNEX II", "A. MANUFACTURER RESPONSIBLE FOR BATCH RELEASE"]);
    let body = pdf(
        &[prose(&["ANNEX I"]), prose(&VIRAMUNE), prose(&suspension), last, prose(&VIRAMUNE)],
        0,
    );
    let (found, issues) = forms(&body);
    assert_eq!(issues, []);
    assert_eq!(
        found,
        [
            ["1", "1", "Viramune 200 mg tablets", "Tablet"],
            ["2", "1", "Viramune 50 mg/5 ml oral suspension", "Oral suspension"]
        ]
    );
}

#[test]
fn names_in_a_section_head_forms_of_their_own() {
    let page = |section: &[&str]| {
        let mut lines = VIRAMUNE[..7].to_vec();
        lines.extend(section);
        lines.extend(&VIRAMUNE[11..]);
        forms(&pdf(&[prose(&lines)], 0))
            .0
            .into_iter()
            .map(|f| (f[2].clone(), f[3].clone()))
            .collect::<Vec<_>>()
    };
    let name = |n: &str, f: &str| (n.to_owned(), f.to_owned());
    assert_eq!(
        page(&[
            "Viramune 50 mg tablets",
            "Viramune 100 mg tablets",
            "Prolonged-release tablet",
            "",
            "White.",
            "Viramune 400 mg",
            "Oral suspension"
        ]),
        [
            name("Viramune 50 mg tablets\nViramune 100 mg tablets", "Prolonged-release tablet"),
            name("Viramune 400 mg", "Oral suspension")
        ]
    );
    // The form for all comes first; what follows describes the strengths.
    assert_eq!(
        page(&["Film-coated tablet (tablet).", "", "Viramune 40 mg tablets", "Beige, round."]),
        [name("Viramune 200 mg tablets", "Film-coated tablet (tablet)")]
    );
    // A form that wraps.
    assert_eq!(
        page(&[
            "Powder and solvent for concentrate for solution for infusion, which is kept cold and is",
            "then diluted.",
            "White."
        ]),
        [name(
            "Viramune 200 mg tablets",
            "Powder and solvent for concentrate for solution for infusion, which is kept cold and is then diluted"
        )]
    );
}

#[test]
fn a_block_without_a_form_and_a_broken_file_are_issues() {
    let lines: Vec<&str> = VIRAMUNE.iter().copied().filter(|l| !l.starts_with("3.")).collect();
    let (found, issues) = forms(&pdf(&[prose(&lines)], 0));
    assert_eq!(
        (found.len(), issues[0].kind.as_str(), issues[0].row_number),
        (0, "form_missing", 1)
    );
    for body in [&b"%PDF-1.7 nothing more"[..], b"", &pdf(&[prose(&["A letter"])], 0)] {
        for kind in ["product_information", "presentations"] {
            let (table, issues) = read(kind, body);
            assert_eq!((table.len(), issues[0].kind.as_str()), (0, "pdf_unreadable"));
        }
    }
}

#[test]
fn a_form_that_shows_itself_ends() {
    let body = String::from_utf8(pdf(&["/X Do".to_owned()], 0)).unwrap();
    let body = body
        .replace("<< /Font", "<< /XObject << /X 5 0 R >> /Font")
        .replace("<< /Length 5 >>", "<< /Subtype /Form /Length 5 >>");
    let (table, issues) = read("product_information", body.as_bytes());
    assert_eq!((table.len(), issues[0].kind.as_str()), (0, "pdf_unreadable"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn damaged_documents_give_rows_or_issues(
        cut in any::<prop::sample::Index>(),
        flips in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
    ) {
        for kind in ["product_information", "presentations"] {
            let good = pdf(&[prose(&VIRAMUNE), table(true).concat()], 0);
            let mut damaged = good.clone();
            for (at, byte) in &flips {
                damaged[at.index(good.len())] ^= byte;
            }
            let (table, issues) = read(kind, &damaged);
            prop_assert!(table.len() + issues.len() < 100);
            read(kind, &good[..cut.index(good.len())]);
        }
    }
}

#[test]
fn the_fixtures_are_read() {
    let file = |name: &str| {
        let (day, file) = name.split_once('/').unwrap();
        fixture("eu_ema", day, file).unwrap()
    };
    let (found, issues) = forms(&file("day1/viramune-product-information.pdf"));
    let terms: Vec<&str> = found.iter().map(|f| f[3].as_str()).collect();
    assert_eq!(terms, ["Tablet", "Oral suspension", "Prolonged-release tablet"]);
    assert_eq!(issues, []);
    let (found, _) = forms(&file("day1/epivir-product-information.pdf"));
    assert_eq!(found[2][3], "Oral solution");
    for (name, rows) in [
        ("day1/viramune-presentations.pdf", 5),
        ("day1/tagrisso-presentations.pdf", 2),
        ("day2/tagrisso-presentations.pdf", 4),
    ] {
        let (table, issues) = read("presentations", &file(name));
        assert_eq!((table.len(), issues), (rows, vec![]), "{name}");
        let filled = |column: &str| table.column(column).unwrap().iter().flatten().count();
        for column in ["strength", "pharmaceutical_form", "route_of_administration", "packaging"] {
            assert_eq!(filled(column), rows, "{name} {column}");
        }
    }
}

#[test]
fn the_real_documents_are_read() {
    for (product, name, form, blocks) in [
        (
            "alimta",
            "ALIMTA 500 mg powder for concentrate for solution for infusion",
            "Powder for concentrate for solution for infusion",
            1,
        ),
        ("lysodren", "Lysodren 500 mg tablets", "Tablet", 1),
        (
            "metalyse",
            "Tenecteplase Boehringer Ingelheim Pharma KG 6,000 units\nPowder and solvent for solution for injection",
            "Powder and solvent for solution for injection",
            3,
        ),
    ] {
        let Some(folder) = real_day("eu_ema", "day1") else { return };
        let name_of_file = format!("{product}-epar-product-information_en.pdf");
        let body = std::fs::read(folder.join(name_of_file)).unwrap();
        let (found, issues) = forms(&body);
        assert_eq!(issues, [], "{product}");
        assert_eq!(found.len(), blocks, "{found:?}");
        assert_eq!((found[0][2].as_str(), found[0][3].as_str()), (name, form));
        assert!(found.iter().all(|f| f[3] == form), "{found:?}");
        println!("{found:?}");
    }
}

#[test]
fn crawls_reach_the_documents_that_are_there() {
    let file_of = |url: &str| -> Option<&str> {
        Some(match url.rsplit('/').next()? {
            "medicines-output-medicines_json-report_en.json" => "medicines.json",
            "documents-output-epar_documents_json-report_en.json" => "documents.json",
            "viramune-epar-all-authorised-presentations_en.pdf" => "viramune-presentations.pdf",
            "tagrisso-epar-all-authorised-presentations_en.pdf" => "tagrisso-presentations.pdf",
            "viramune-epar-product-information_en.pdf" => "viramune-product-information.pdf",
            "epivir-epar-product-information_en.pdf" => "epivir-product-information.pdf",
            _ => return None,
        })
    };
    let today = jiff::civil::date(2026, 11, 23);
    let seeds = || EuEma.seeds(&Window { today, since: None });
    let made =
        crawl(&EuEma, seeds(), |request| fixture("eu_ema", "day1", file_of(request.url.as_str())?))
            .unwrap();
    let rows = ["medicine", "document", "product_form", "presentation"].map(|t| made.rows(t));
    assert_eq!(rows, [14, 6, 6, 7]);
    assert_eq!(made.declared("medicine"), 14);
    assert_eq!(made.kinds().into_iter().collect::<Vec<_>>(), [("product_number_form", 1)]);
    // A site without the feed of documents: the watched ones are asked for.
    let Some(folder) = real_day("eu_ema", "day1") else { return };
    let real = crawl(&EuEma, seeds(), |request| {
        std::fs::read(folder.join(request.url.path_segments()?.next_back()?)).ok()
    })
    .unwrap();
    let rows = ["medicine", "document", "product_form", "presentation"].map(|t| real.rows(t));
    assert_eq!(rows, [2433, 0, 5, 0]);
    assert_eq!(real.requests.len(), 11);
}
