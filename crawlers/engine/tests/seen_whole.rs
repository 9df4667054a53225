//! How old a source is of which an operator's files brought a part: what they do
//! not hold is as old as it was.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

mod support;

use regatta_crawlers::ImportFile;
use regatta_lake::{RunManifest, RunStatus, history};
use regatta_sources::BodyKind;
use support::{Bench, Fake, Settings, fake, ok, request, status, text_table};

fn source(import_adds: bool) -> &'static Fake {
    let settings = Settings { import_adds, ..Settings::default() };
    fake("us_test", vec![request("https://a.test/data", BodyKind::Text)], settings)
}

/// A day of November.
fn day(day: u32) -> String {
    format!("2026-11-{day:02}T08:00:00Z")
}

/// Imports on a day.
async fn import(bench: &mut Bench, on: u32, source: &'static Fake, text: &str) -> RunManifest {
    bench.set_time(&day(on));
    let name = if text.starts_with("extra") { "extra.txt" } else { "page.txt" };
    let file = ImportFile { name: name.into(), data: text.into() };
    let run = bench.crawler().import(source, vec![file]).await.unwrap();
    assert!(run.status.is_good(), "{:?}", run.failure);
    run
}

/// The day on which all of the source was last seen.
fn seen_whole(bench: &Bench, run: &RunManifest) -> String {
    history(&bench.lake, &run.source_id).unwrap().seen_whole().unwrap().to_string()
}

#[tokio::test]
async fn single_records_make_a_source_no_younger() {
    let mut bench = Bench::new().await.at(&day(1));
    let source = source(true);
    bench.site.on("a.test/data", |_, _| ok(text_table(20)));
    bench.crawl(source).await;
    let one = import(&mut bench, 5, source, "columns id,name\nrow 1,eins\n").await;
    assert_eq!(one.status, RunStatus::Ok);
    assert_eq!(seen_whole(&bench, &one), day(1));
    // Nor does one that says what is served already.
    let same = import(&mut bench, 6, source, "columns id,name\nrow 2,name 2\n").await;
    assert_eq!(same.status, RunStatus::Unchanged);
    assert_eq!(seen_whole(&bench, &same), day(1));
    let more = import(&mut bench, 7, source, "columns id,name\nrow 21,new\n").await;
    assert_eq!(seen_whole(&bench, &more), day(1));

    // A list that names almost all of them does.
    let list = text_table(21).replace("row 7,name 7\n", "");
    let list = import(&mut bench, 8, source, &list).await;
    assert_eq!(seen_whole(&bench, &list), day(8));
    let one = import(&mut bench, 9, source, "columns id,name\nrow 1,uno\n").await;
    assert_eq!(seen_whole(&bench, &one), day(8));

    // A crawl that is refused changes nothing about it; a good one does.
    bench.set_time(&day(10));
    bench.site.on("a.test/data", |_, _| status(403, "", &[]));
    let blocked = bench.crawl(source).await;
    assert_eq!(seen_whole(&bench, &blocked), day(8));
    bench.site.on("a.test/data", |_, _| ok(text_table(20)));
    bench.set_time(&day(11));
    let good = bench.crawl(source).await;
    assert_eq!(seen_whole(&bench, &good), day(11));
}

#[tokio::test]
async fn a_source_is_as_old_as_its_oldest_table() {
    let mut bench = Bench::new().await.at(&day(1));
    let source = source(false);
    let both = import(&mut bench, 1, source, "columns id,name\nrow 1,a\nextra 1\n").await;
    assert_eq!(seen_whole(&bench, &both), day(1));
    let items = import(&mut bench, 2, source, "columns id,name\nrow 1,b\n").await;
    assert_eq!(seen_whole(&bench, &items), day(1));
    let items = import(&mut bench, 4, source, "columns id,name\nrow 1,c\n").await;
    assert_eq!(seen_whole(&bench, &items), day(1));
    // The other table comes: the first one is of the fourth day by now.
    let extra = import(&mut bench, 5, source, "extra 2\n").await;
    assert_eq!(seen_whole(&bench, &extra), day(4));
    let items = import(&mut bench, 6, source, "columns id,name\nrow 1,d\n").await;
    assert_eq!(seen_whole(&bench, &items), day(5));
    // The same files again, all of them.
    let same = import(&mut bench, 7, source, "columns id,name\nrow 1,d\n").await;
    assert_eq!(same.status, RunStatus::Ok, "the file behind the other table did not come");
    assert_eq!(seen_whole(&bench, &same), day(5));
}
