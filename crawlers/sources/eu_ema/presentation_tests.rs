//! Tables of presentations, ruled and not, as documents show them.

use std::fmt::Write as _;

use super::pdf_tests::{pdf, read, text};

const EDGES: [u32; 9] = [40, 130, 210, 270, 370, 450, 550, 650, 780];

fn row(y: u32, cells: [&str; 8]) -> String {
    let cells = EDGES.iter().zip(cells).filter(|(_, c)| !c.is_empty());
    cells.map(|(x, cell)| text(x + 5, y, cell)).collect()
}

/// Ruling lines as thin bars, as word processors draw them.
fn grid(heights: &[u32]) -> String {
    let (top, bottom) = (heights[0], heights[heights.len() - 1]);
    let mut drawn = String::new();
    for x in EDGES {
        writeln!(drawn, "{x} {bottom} 0.5 {} re f", top - bottom).unwrap();
    }
    for y in heights {
        writeln!(drawn, "{} {y} {} 0.5 re f", EDGES[0], EDGES[8] - EDGES[0]).unwrap();
    }
    drawn
}

fn header(y: u32) -> String {
    row(
        y,
        [
            "EU Number",
            "(Invented)",
            "Strength",
            "Pharmaceutical",
            "Route of",
            "Immediate",
            "Content",
            "Pack size",
        ],
    ) + &row(y - 12, ["", "name", "", "Form", "Administration", "Packaging", "(concentration)", ""])
}

/// A table of presentations over two pages.
pub(super) fn table(ruled: bool) -> Vec<String> {
    let draw = |heights: &[u32]| if ruled { grid(heights) } else { String::new() };
    let first = text(60, 560, "Viramune")
        + &text(60, 545, "EMEA/H/C/000183")
        + &header(510)
        + &row(
            470,
            [
                "EU/1/97/055/001",
                "Viramune",
                "200 mg",
                "Tablet",
                "Oral use",
                "blister (PVC/Alu)",
                "",
                "60 tablets",
            ],
        )
        + &row(
            450,
            [
                "EU/1/97/055/",
                "Viramune",
                "50 mg/5 ml",
                "Oral",
                "Oral use",
                "bottle (HDPE)",
                "240 ml (10",
                "1 bottle + 1",
            ],
        )
        + &row(438, ["002", "", "", "suspension", "", "", "mg/ml)", "syringe +"])
        + &draw(&[525, 490, 462, 430])
        + &text(400, 20, "1/2");
    let second = row(540, ["", "", "", "", "", "", "", "1 adapter"])
        + &row(
            520,
            [
                "EU/1/97/055/004",
                "Viramune",
                "400 mg",
                "Prolonged-release",
                "Oral use",
                "blister",
                "",
                "30 tablets",
            ],
        )
        + &row(508, ["", "", "", "tablet", "", "", "", ""])
        + &draw(&[555, 532, 500])
        + &text(400, 20, "2/2");
    vec![first, second]
}

#[test]
fn a_table_over_two_pages_with_wrapped_cells_is_read() {
    for ruled in [true, false] {
        let (table, issues) = read("presentations", &pdf(&table(ruled), 0));
        let column = |name: &str| -> Vec<String> {
            table.column(name).unwrap().iter().map(|c| c.unwrap_or("").to_owned()).collect()
        };
        assert_eq!(issues, [], "ruled: {ruled}");
        assert_eq!(
            column("eu_number"),
            ["EU/1/97/055/001", "EU/1/97/055/002", "EU/1/97/055/004"],
            "ruled: {ruled}"
        );
        assert_eq!(
            column("pharmaceutical_form"),
            ["Tablet", "Oral suspension", "Prolonged-release tablet"]
        );
        assert_eq!(
            column("package_size"),
            ["60 tablets", "1 bottle + 1 syringe + 1 adapter", "30 tablets"]
        );
        assert_eq!(column("content"), ["", "240 ml (10 mg/ml)", ""]);
        assert_eq!(column("route_of_administration"), ["Oral use"; 3]);
        assert_eq!(column("packaging")[0], "blister (PVC/Alu)");
        assert_eq!(column("invented_name"), ["Viramune"; 3]);
        assert_eq!(table.row_numbers, [1, 1, 2]);
    }
}

#[test]
fn a_page_that_is_turned_is_read_as_it_is_displayed() {
    // What is drawn upwards on a page that is turned clockwise runs to the right.
    let turned =
        table(true).iter().map(|page| format!("q 0 1 -1 0 842 0 cm {page} Q")).collect::<Vec<_>>();
    let body = String::from_utf8(pdf(&turned, 90)).unwrap();
    let body = body.replace("/MediaBox [0 0 842 595]", "/MediaBox [0 0 842 842]");
    let (table, _) = read("presentations", body.as_bytes());
    assert_eq!(table.column("pharmaceutical_form").unwrap().get(1), Some("Oral suspension"));
}
