//! The data panel's labels: a table by its path, a pattern with its preview.

use super::*;
use latent_atelier::app::LabelKind;

/// A folder of pictures is open, labelled so.
fn labelled(labels: LabelSource, labelling: Option<LabelReport>) -> AppState {
    let mut state = fixture::empty();
    let options = DatasetOptions { labels, ..DatasetOptions::default() };
    let summary = DatasetSummary { options, labelling, ..fixture::folder_dataset() };
    state.apply_event(Event::DatasetOpened(Box::new(summary)));
    state.outbox.clear();
    state
}

fn data_panel(state: AppState) -> Harness<'static, Panel> {
    panel(latent_atelier::ui::dataset_panel_ui, state, [312.0, 1400.0])
}

fn type_into(harness: &mut Harness<'_, Panel>, field: &str, text: &str) {
    harness.get_by_role_and_label(Role::TextInput, field).focus();
    harness.run();
    harness.get_by_role_and_label(Role::TextInput, field).type_text(text);
    harness.run();
}

#[test]
fn a_table_is_typed_and_read() {
    let mut harness = data_panel(labelled(LabelSource::Own, None));
    harness.get_by_label("Labels from: Table").click();
    harness.run();
    assert!(harness.get_by_label("Read the label table").accesskit_node().is_disabled());
    type_into(&mut harness, "Label table path", "/tables/faces.csv");
    harness.get_by_label("Read the label table").click();
    harness.run_steps(2);
    let table = LabelSource::Table("/tables/faces.csv".into());
    assert_eq!(harness.state().asked.last(), Some(&Action::ApplyLabels(table)));
    harness.get_by_label("Reading labels…");
    let failed = Event::DatasetFailed("the label table cannot be used: line 3".to_owned());
    harness.state_mut().state.apply_event(failed);
    harness.run();
    harness.get_by_label("The label table cannot be used: line 3");
    harness.get_by_label("Choose a table…").click();
    harness.run();
    assert_eq!(harness.state().asked.last(), Some(&Action::PickLabelTable));
}

#[test]
fn a_pattern_shows_what_it_reads_before_it_is_used() {
    let mut harness = data_panel(labelled(LabelSource::Own, None));
    harness.get_by_label("Labels from: File names").click();
    harness.run();
    let pattern = "{person}_{smile}_*.jpg";
    type_into(&mut harness, "File name pattern", pattern);
    let Some(Command::PreviewPattern(sent)) = harness.state().state.outbox.back() else {
        panic!("nothing was asked");
    };
    assert_eq!(sent, pattern);

    let row = |name: &str, values: Option<[&str; 2]>| PatternRow {
        name: name.to_owned(),
        values: values.map(|values| values.map(str::to_owned).to_vec()),
    };
    let preview = PatternPreview {
        pattern: pattern.to_owned(),
        fields: vec!["person".to_owned(), "smile".to_owned()],
        pictures: 1_250,
        matched: 1_249,
        rows: vec![row("anna_1_0042.jpg", Some(["anna", "1"])), row("cover.jpg", None)],
        labels: vec![LabelCount { name: "person = anna".to_owned(), count: 1_200, unknown: 1 }],
        remarks: vec!["'smile' is not used: it is empty".to_owned()],
        error: None,
    };
    harness.state_mut().state.apply_event(Event::PatternPreviewed(Box::new(preview.clone())));
    harness.run();
    for text in [
        "1,249 of 1,250 names fit",
        "person · smile",
        "anna_1_0042.jpg",
        "anna · 1",
        "does not fit",
        "Gives 1 label: person = anna (1,200)",
        "'smile' is not used: it is empty",
    ] {
        harness.get_by_label(text);
    }
    harness.get_by_label("Use these labels").click();
    harness.run_steps(2);
    let source = LabelSource::Pattern(pattern.to_owned());
    assert_eq!(harness.state().asked.last(), Some(&Action::ApplyLabels(source)));

    let wrong = "at character 1: this '{' is not closed";
    let preview = PatternPreview { error: Some(wrong.to_owned()), ..preview };
    harness.state_mut().state.dataset.labels.reading = false;
    harness.state_mut().state.apply_event(Event::PatternPreviewed(Box::new(preview)));
    harness.run();
    harness.get_by_label("At character 1: this '{' is not closed");
}

#[test]
fn what_of_a_table_was_not_used_is_seen() {
    let report = LabelReport {
        labelled: 8_138,
        unlabelled: 2,
        rows_without_picture: 1,
        remarks: vec!["rows that name no picture: 1 (the first: line 7, 'x.jpg')".to_owned()],
        ..LabelReport::default()
    };
    let table = LabelSource::Table("/tables/list_attr_celeba.txt".into());
    let mut harness = data_panel(labelled(table, Some(report)));
    assert_eq!(harness.state().state.dataset.labels.kind, LabelKind::Table);
    harness.get_by_label("From: /tables/list_attr_celeba.txt");
    harness.get_by_label("Labelled: 8,138 of 8,140");
    harness.get_by_label("Rows that name no picture: 1 (the first: line 7, 'x.jpg')");
    harness.get_by_label("Labels from: Sub-folders").click();
    harness.run();
    harness.get_by_label("Use the names of sub-folders").click();
    harness.run_steps(2);
    assert_eq!(harness.state().asked.last(), Some(&Action::ApplyLabels(LabelSource::Own)));
}

#[test]
fn labels_cannot_change_in_a_run_and_portraits_have_their_own() {
    let mut state = labelled(LabelSource::Own, None);
    state.dataset.labels.kind = LabelKind::Table;
    state.apply_event(Event::Training(Phase::Preparing("networks".to_owned())));
    let harness = data_panel(state);
    assert!(harness.get_by_label("Choose a table…").accesskit_node().is_disabled());
    let mut state = fixture::empty();
    state.apply_event(Event::DatasetOpened(Box::new(fixture::dataset())));
    assert!(data_panel(state).query_by_label("Labels from: Table").is_none());
}
