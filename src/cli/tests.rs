//! The commands against a stand-in engine: no device, no networks, the same queues.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use super::args::{EncodeArgs, Global, SampleArgs};
use super::link::{Interrupts, Link};
use super::outcome::{Interrupted, exit_code};
use super::report::Report;
use super::settings::TrainPlan;
use super::{devices, encode, sample, train};
use crate::engine::{EngineEnds, EngineHandle};
use crate::protocol::*;

/// An engine that answers each command with what `reply` says.
fn stand_in(mut reply: impl FnMut(Command) -> Vec<Event> + Send + 'static) -> EngineHandle {
    let (handle, ends) = EngineHandle::pair();
    let run = move || {
        let EngineEnds { commands, events, .. } = ends;
        while let Ok(command) = commands.recv() {
            for event in reply(command) {
                if matches!(event, Event::ShutDown) {
                    return;
                }
                if events.send(event).is_err() {
                    return;
                }
            }
        }
    };
    std::thread::Builder::new().name("stand-in".to_owned()).spawn(run).expect("a thread");
    handle
}

fn summary() -> Box<DatasetSummary> {
    Box::new(DatasetSummary {
        name: "Portraits".to_owned(),
        source: DatasetSource::Portraits,
        options: DatasetOptions::default(),
        train_count: 10,
        held_out_count: 2,
        labels: vec![],
        labelling: None,
        has_file_names: false,
        skipped: vec![SkippedFile {
            path: PathBuf::from("bad.png"),
            reason: "no\npicture".to_owned(),
        }],
        remarks: vec!["28 px data is padded to 32 px".to_owned()],
        in_memory: true,
        thumbnails: Frame { width_px: 0, height_px: 0, rgba: Arc::default() },
        thumbnail_columns: 1,
        thumbnail_count: 0,
    })
}

fn progress(step: u64, steps_total: u64) -> Event {
    Event::Progress(Box::new(TrainProgress {
        step_from: step,
        step,
        steps_total,
        losses: vec![LossPoint { name: "d_loss".to_owned(), value: 0.5 }],
        images_per_sec: 100.0,
        elapsed_secs: step as f64,
        live: LiveSettings::default(),
    }))
}

fn notice(level: NoticeLevel, text: &str) -> Event {
    Event::Notice(Notice { level, text: text.to_owned() })
}

fn running() -> Event {
    let settings = Box::new(TrainSettings::default());
    Event::Training(Phase::Running { folder: PathBuf::from("run"), settings })
}

fn ended(reason: StopReason, step: u64, folder: Option<&str>) -> Event {
    Event::TrainingEnded { reason, step, folder: folder.map(PathBuf::from) }
}

fn saved(step: u64) -> Event {
    Event::RunSaved { folder: PathBuf::from("run"), step }
}

fn plan() -> TrainPlan {
    TrainPlan {
        source: DatasetSource::Portraits,
        options: DatasetOptions::default(),
        run: RunSettings {
            spec: ModelSpec::default(),
            train: TrainSettings { steps: 4, ..TrainSettings::default() },
            out: Some(PathBuf::from("run")),
            resume: false,
            use_open_data: false,
            continue_model: false,
            init: None,
        },
        model: None,
        force: false,
    }
}

struct Outcome {
    result: anyhow::Result<()>,
    lines: Vec<Value>,
    err: String,
}

/// Trains against an engine that opens the data and answers `StartTraining` with `events`.
fn trained(events: Vec<Event>) -> Outcome {
    let engine = stand_in(move |command| match command {
        Command::OpenDataset(..) => {
            vec![Event::DatasetProgress { done: 1, total: 2 }, Event::DatasetOpened(summary())]
        }
        Command::StartTraining(run) => {
            assert_eq!(run.out, Some(PathBuf::from("run")));
            events.clone()
        }
        _ => vec![],
    });
    drive(&engine, &Interrupts::default())
}

fn drive(engine: &EngineHandle, interrupts: &Interrupts) -> Outcome {
    drive_plan(engine, interrupts, plan())
}

fn drive_plan(engine: &EngineHandle, interrupts: &Interrupts, plan: TrainPlan) -> Outcome {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let result = {
        let mut report = Report::json(&mut out);
        train::drive(&mut Link::new(engine, interrupts, &mut err), plan, &mut report)
    };
    let text = String::from_utf8(out).expect("text");
    let lines = text.lines().map(|line| serde_json::from_str(line).expect(line)).collect();
    Outcome { result, lines, err: String::from_utf8(err).expect("text") }
}

#[test]
fn training_writes_the_first_and_the_last_step_and_the_result() {
    let mut events = vec![Event::Training(Phase::Preparing("kernels".to_owned())), running()];
    events.extend((1..=4).map(|step| progress(step, 4)));
    events.extend([saved(4), ended(StopReason::Finished, 4, Some("run"))]);
    let Outcome { result, lines, err } = trained(events);
    result.unwrap();
    let steps: Vec<_> = lines.iter().map(|line| line["step"].as_u64().unwrap()).collect();
    assert_eq!(steps, [1, 4, 4]);
    assert_eq!((&lines[0]["d_loss"], &lines[0]["images_per_sec"]), (&0.5.into(), &100.0.into()));
    let model = PathBuf::from("run").join("model.safetensors");
    assert_eq!(lines[2]["result"], model.to_str().unwrap());
    assert_eq!(
        (&lines[2]["skipped"], &lines[2]["skipped_files"][0]["path"]),
        (&1.into(), &"bad.png".into())
    );
    assert_eq!(lines[2]["skipped_files"][0]["reason"], "no\npicture");
    assert!(!err.contains("nothing was trained"), "{err}");
    assert!(err.contains("parameters, about ") && !err.contains("collapsed"), "{err}");
    assert!(err.contains("padded to 32 px") && err.contains("bad.png: no\\u{a}picture"), "{err}");
}

#[test]
fn a_run_that_is_past_its_goal_says_so() {
    let events = vec![running(), saved(8), ended(StopReason::Finished, 8, Some("run"))];
    let Outcome { result, lines, err } = trained(events);
    result.unwrap();
    assert_eq!((lines.len(), &lines[0]["step"]), (1, &8.into()));
    assert!(err.contains("at step 8 already, --steps is 4: nothing was trained"), "{err}");
}

#[test]
fn a_short_run_still_shows_what_was_held_back() {
    // Stopped from elsewhere after two of four steps: the second is not the last planned one.
    let mut events = vec![running(), progress(1, 4), progress(2, 4)];
    events.extend([saved(2), ended(StopReason::Stopped, 2, Some("run"))]);
    let Outcome { result, lines, .. } = trained(events);
    result.unwrap();
    assert_eq!(lines[1]["step"], 2);
    assert_eq!(lines[2]["reason"], "stopped");
}

#[test]
fn what_keeps_a_run_from_its_end_is_told_in_one_line() {
    let told = |events: Vec<Event>| {
        let error = trained(events).result.unwrap_err();
        assert_eq!(exit_code(&error), 1);
        super::outcome::one_line(&error)
    };
    let refused = told(vec![notice(NoticeLevel::Error, "run is in use")]);
    assert_eq!(refused, "error: run is in use");
    let nan = StopReason::Failed("d_loss is not a number; lower --lr".to_owned());
    assert!(told(vec![running(), ended(nan, 3, Some("run"))]).contains("at step 3: d_loss"));
    let full = notice(NoticeLevel::Error, "the disk is full");
    let unsaved = vec![running(), saved(2), full, ended(StopReason::Finished, 4, Some("run"))];
    assert!(told(unsaved).contains("(step 4) was not saved: the disk is full"));
    assert!(told(vec![Event::Failed("out of memory".to_owned())]).contains("out of memory"));
    assert!(told(vec![running(), Event::ShutDown]).contains("ended unexpectedly"));
}

#[test]
fn a_checkpoint_that_failed_in_between_is_a_warning_only() {
    let full = notice(NoticeLevel::Error, "the disk is full");
    let end = [full, saved(4), ended(StopReason::Finished, 4, Some("run"))];
    let Outcome { result, err, .. } = trained([running()].into_iter().chain(end).collect());
    result.unwrap();
    assert!(err.contains("problem: the disk is full"), "{err}");
}

#[test]
fn a_failure_that_was_announced_is_one_line() {
    let nan = "d_loss is not a number; lower the learning rate";
    let announced = notice(NoticeLevel::Error, &format!("training ended: {nan}"));
    let end = ended(StopReason::Failed(nan.to_owned()), 3, Some("run"));
    let Outcome { result, err, .. } = trained(vec![running(), announced, saved(3), end]);
    assert!(result.unwrap_err().to_string().contains(nan));
    assert!(!err.contains(nan), "{err}");
}

#[test]
fn data_that_cannot_be_read_ends_the_command() {
    let engine = stand_in(|command| match command {
        Command::OpenDataset(..) => vec![Event::DatasetFailed("the folder is empty".to_owned())],
        _ => vec![],
    });
    let error = drive(&engine, &Interrupts::default()).result.unwrap_err();
    assert_eq!(format!("{error:#}"), "cannot read the data: the folder is empty");
}

#[test]
fn a_run_far_too_large_for_the_machine_is_refused_before_its_data_are_read_unless_forced() {
    let trained = |force| {
        let engine = stand_in(move |command| match command {
            Command::OpenDataset(..) if force => {
                let ready = Event::DeviceReady(listed().remove(0).info);
                vec![ready, Event::DatasetOpened(summary())]
            }
            Command::OpenDataset(..) => vec![Event::DeviceReady(listed().remove(0).info)],
            Command::StartTraining(_) => {
                vec![running(), saved(4), ended(StopReason::Finished, 4, Some("run"))]
            }
            _ => vec![],
        });
        let mut plan = TrainPlan { force, ..plan() };
        (plan.run.spec.width, plan.run.train.batch) = (256, 1024);
        drive_plan(&engine, &Interrupts::default(), plan)
    };
    let error = trained(false).result.unwrap_err();
    assert_eq!(exit_code(&error), 2);
    let text = super::outcome::one_line(&error);
    assert!(text.starts_with("error: training needs about ") && text.contains("--force"), "{text}");
    let Outcome { result, err, .. } = trained(true);
    result.unwrap();
    assert!(err.contains("warning: training needs about"), "{err}");
}

/// Standard output of which only the first line is read.
struct OneLine(bool);

impl std::io::Write for OneLine {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        if self.0 {
            return Err(std::io::ErrorKind::BrokenPipe.into());
        }
        self.0 = bytes.contains(&b'\n');
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_run_whose_lines_nobody_reads_is_stopped_and_saved() {
    let engine = stand_in(|command| match command {
        Command::OpenDataset(..) => vec![Event::DatasetOpened(summary())],
        // The last line of a run of four steps is due at once.
        Command::StartTraining(_) => vec![running(), progress(1, 4), progress(4, 4)],
        Command::StopTraining => vec![saved(4), ended(StopReason::Stopped, 4, Some("run"))],
        _ => vec![],
    });
    let (interrupts, mut out, mut err) = (Interrupts::default(), OneLine(false), Vec::new());
    let mut report = Report::json(&mut out);
    let result = train::drive(&mut Link::new(&engine, &interrupts, &mut err), plan(), &mut report);
    let error = result.unwrap_err();
    assert_eq!(exit_code(&error), 0, "{error}");
    assert!(error.to_string().contains("step 4 is saved in run"), "{error}");
}

/// An engine that trains until it is stopped; `on_start` is called when training runs.
fn endless(on_start: impl Fn() + Send + 'static, answers_stop: bool) -> EngineHandle {
    stand_in(move |command| match command {
        Command::OpenDataset(..) => vec![Event::DatasetOpened(summary())],
        Command::StartTraining(_) => {
            on_start();
            vec![running(), progress(1, 0)]
        }
        Command::StopTraining if answers_stop => {
            let stopping = Event::Training(Phase::Stopping);
            vec![stopping, saved(1), ended(StopReason::Stopped, 1, Some("run"))]
        }
        _ => vec![],
    })
}

#[test]
fn ctrl_c_stops_saves_and_says_how_to_go_on() {
    let interrupts = Interrupts::default();
    let pressed = interrupts.clone();
    let engine = endless(move || pressed.press(), true);
    let Outcome { result, lines, .. } = drive(&engine, &interrupts);
    let error = result.unwrap_err();
    assert_eq!(exit_code(&error), 130);
    assert!(error.to_string().contains("step 1 is saved in run, --resume goes on"), "{error}");
    assert_eq!(lines.last().unwrap()["reason"], "stopped");
}

#[test]
fn a_second_ctrl_c_waits_for_nothing() {
    let interrupts = Interrupts::default();
    let pressed = interrupts.clone();
    let press_twice = move || {
        pressed.press();
        let again = pressed.clone();
        let later = move || {
            std::thread::sleep(Duration::from_millis(200));
            again.press();
        };
        std::thread::Builder::new().spawn(later).expect("a thread");
    };
    let engine = endless(press_twice, false);
    let error = drive(&engine, &interrupts).result.unwrap_err();
    assert!(error.downcast_ref::<Interrupted>().is_some_and(|stop| stop.at_once), "{error}");
    assert_eq!(exit_code(&error), 130);
}

#[test]
fn ctrl_c_while_data_is_read_ends_the_command() {
    let interrupts = Interrupts::default();
    interrupts.press();
    let error = drive(&stand_in(|_| vec![]), &interrupts).result.unwrap_err();
    assert_eq!(exit_code(&error), 130);
}

fn listed() -> Vec<ListedDevice> {
    let info = DeviceInfo {
        name: "A processor".to_owned(),
        backend: "flex".to_owned(),
        kind: DeviceKind::Cpu,
        memory_bytes: Some(8 << 30),
        memory_note: "of the machine".to_owned(),
        choice: DeviceChoice::Cpu,
    };
    let reason = "no GPU was found".to_owned();
    vec![ListedDevice { choice: DeviceChoice::Cpu, info, chosen: true, reason }]
}

#[test]
fn devices_are_listed_as_lines_and_as_text() {
    let shown = |as_json| {
        let (engine, ends) = EngineHandle::pair();
        ends.events.send(notice(NoticeLevel::Warning, "no Vulkan")).expect("room");
        ends.events.send(Event::DevicesListed(listed())).expect("room");
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let interrupts = Interrupts::default();
        devices::drive(&mut Link::new(&engine, &interrupts, &mut err), as_json, &mut out).unwrap();
        assert_eq!(String::from_utf8(err).unwrap(), "warning: no Vulkan\n");
        String::from_utf8(out).unwrap()
    };
    let line: Value = serde_json::from_str(&shown(true)).unwrap();
    assert_eq!((&line["choice"], &line["kind"]), (&"cpu".into(), &"cpu".into()));
    assert_eq!(line["memory_bytes"], 8_u64 << 30);
    assert!(shown(false).contains("* cpu    A processor (flex)\n         8.0 GiB of the machine"));
}

fn model(encoder: usize) -> Event {
    Event::ModelReady(Box::new(ModelSummary {
        name: "m".to_owned(),
        path: None,
        spec: ModelSpec::default(),
        parameters: Networks { generator: 1, encoder, discriminator: 0 },
        step: 3,
        latent_std: vec![],
        latent_kl: vec![],
        generator: String::new(),
        description: String::new(),
    }))
}

fn maker(encoder: usize) -> EngineHandle {
    stand_in(move |command| match command {
        Command::OpenBuiltIn => vec![model(encoder)],
        Command::OpenModel(_) => vec![notice(NoticeLevel::Error, "m is damaged")],
        Command::SampleToFile(job) => vec![Event::FileWritten(job.out)],
        Command::EncodeToFile(job) => vec![Event::FileWritten(job.out)],
        _ => vec![],
    })
}

fn sampled(args: SampleArgs) -> anyhow::Result<Value> {
    let (engine, interrupts) = (maker(0), Interrupts::default());
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let global = Global { json: true, seed: Some(5), ..Global::default() };
    sample::drive(&mut Link::new(&engine, &interrupts, &mut err), args, &global, &mut out)?;
    Ok(serde_json::from_slice(&out)?)
}

#[test]
fn samples_are_asked_for_and_reported() {
    let args = SampleArgs {
        delta: None,
        model: PathBuf::from("built-in"),
        count: 4,
        truncation: 1.0,
        latents: None,
        out: PathBuf::from("a.png"),
    };
    let line = sampled(args.clone()).unwrap();
    assert_eq!(
        (&line["written"], &line["count"], &line["seed"]),
        (&"a.png".into(), &4.into(), &5.into())
    );
    let here = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
    let damaged = sampled(SampleArgs { model: here, ..args.clone() }).unwrap_err();
    assert_eq!(damaged.to_string(), "m is damaged");
    let missing = sampled(SampleArgs { model: PathBuf::from("none"), ..args.clone() }).unwrap_err();
    assert!(missing.to_string().contains("cannot open none: there is no such file"), "{missing}");
    let wild = sampled(SampleArgs { truncation: f32::NAN, ..args }).unwrap_err();
    assert_eq!(exit_code(&wild), 2);
}

/// A sampling during which Ctrl-C is pressed; `answer` is the engine's word on the stop.
fn sampled_and_stopped(answer: Event) -> (anyhow::Result<()>, Vec<u8>) {
    let interrupts = Interrupts::default();
    let pressed = interrupts.clone();
    let engine = stand_in(move |command| match command {
        Command::OpenBuiltIn => vec![model(0)],
        Command::SampleToFile(_) => {
            pressed.press();
            vec![Event::JobProgress { what: "drawing samples".to_owned(), done: 16, total: 64 }]
        }
        Command::StopTraining => vec![answer.clone()],
        _ => vec![],
    });
    let args = SampleArgs {
        delta: None,
        model: PathBuf::from("built-in"),
        count: 64,
        truncation: 1.0,
        latents: None,
        out: PathBuf::from("a.png"),
    };
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let link = &mut Link::new(&engine, &interrupts, &mut err);
    (sample::drive(link, args, &Global::default(), &mut out), out)
}

#[test]
fn ctrl_c_stops_a_job_and_says_what_became_of_it() {
    let (result, out) = sampled_and_stopped(notice(NoticeLevel::Stopped, "nothing was written"));
    let error = result.unwrap_err();
    assert_eq!((exit_code(&error), error.to_string().as_str()), (130, "nothing was written"));
    assert!(out.is_empty());
    // Too late: the file is there, and that is what is said.
    let (result, out) = sampled_and_stopped(Event::FileWritten(PathBuf::from("a.png")));
    result.unwrap();
    assert_eq!(out, b"a.png\n");
}

#[test]
fn encoding_needs_an_encoder() {
    let encoded = |encoder| {
        let (engine, interrupts) = (maker(encoder), Interrupts::default());
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let image = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
        let (model, file) = (PathBuf::from("built-in"), PathBuf::from("z.safetensors"));
        let args = EncodeArgs { model, image: vec![image], out: file };
        let global = Global::default();
        let link = &mut Link::new(&engine, &interrupts, &mut err);
        encode::drive(link, args, &global, &mut out).map(|()| String::from_utf8(out).expect("text"))
    };
    assert_eq!(encoded(9).unwrap(), "z.safetensors\n");
    assert!(encoded(0).unwrap_err().to_string().contains("has no encoder"));
}
