//! Files from outside are judged, never trusted; files of ours survive crashes.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;

use super::model_file::small_model;
use super::training_state::{DatasetConfig, RunConfig, TrainingState};
use super::*;
use crate::protocol::{DatasetOptions, DatasetSource, Frame, LabelSource};

fn bytes_of(model: &ModelFile) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("m.safetensors");
    model.save(&path).unwrap();
    fs::read(path).unwrap()
}

/// A file with this header (its stated length may be a lie) and so many bytes of data.
fn forged(stated: Option<u64>, header: &str, data: usize) -> Vec<u8> {
    let mut bytes = stated.unwrap_or(header.len() as u64).to_le_bytes().to_vec();
    bytes.extend(header.as_bytes());
    bytes.resize(bytes.len() + data, 1);
    bytes
}

fn refusal(bytes: &[u8]) -> String {
    let text = ModelFile::from_bytes("m.safetensors", bytes).unwrap_err().to_string();
    assert!(!text.contains('\n') && !text.contains('\u{1b}'), "{text}");
    text
}

/// Deterministic noise; quality does not matter here.
struct Noise(u64);

impl Noise {
    fn below(&mut self, limit: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % limit
    }
}

#[test]
fn models_come_back_in_f32_and_f16() {
    for weights in [WeightsType::F32, WeightsType::F16] {
        let model = small_model(weights);
        let read = ModelFile::from_bytes("m", &bytes_of(&model)).unwrap();
        assert_eq!(read.tensors, model.tensors);
        assert_eq!(read.manifest.architecture, model.manifest.architecture);
        assert!(read.manifest.checksum.is_some());
        assert_eq!(bytes_of(&read), bytes_of(&model), "the same model always gives the same bytes");
    }
}

#[test]
fn the_format_crate_reads_what_is_written() {
    let bytes = bytes_of(&small_model(WeightsType::F32));
    let read = safetensors::SafeTensors::deserialize(&bytes).unwrap();
    assert_eq!(read.tensor("generator.a.weight").unwrap().shape(), [2, 3]);
    let (_, header) = safetensors::SafeTensors::read_metadata(&bytes).unwrap();
    assert!(header.metadata().as_ref().unwrap()[MANIFEST_KEY].contains("\"format\":1"));
}

#[test]
fn other_float_types_are_read_and_others_refused_by_name() {
    let one = |dtype: &str, data: &[u8]| {
        let header = format!(
            r#"{{"x":{{"dtype":"{dtype}","shape":[1],"data_offsets":[0,{}]}}}}"#,
            data.len()
        );
        let mut bytes = forged(None, &header, 0);
        bytes.extend(data);
        let container = Container::from_bytes("c", &bytes, Limits::STATED)?;
        container.read_all().map(|(mut tensors, _)| tensors.take("x").unwrap().values[0])
    };
    assert_eq!(one("F64", &2.5_f64.to_le_bytes()).unwrap(), 2.5);
    assert_eq!(one("BF16", &half::bf16::from_f32(-1.5).to_le_bytes()).unwrap(), -1.5);
    assert_eq!(one("F16", &half::f16::from_f32(0.5).to_le_bytes()).unwrap(), 0.5);
    let error = one("I64", &7_i64.to_le_bytes()).unwrap_err().to_string();
    assert!(error.contains("'x' has type I64"), "{error}");
    assert!(one("Q7", &[0]).is_err());
}

#[test]
fn every_truncation_is_refused() {
    for weights in [WeightsType::F32, WeightsType::F16] {
        let bytes = bytes_of(&small_model(weights));
        for length in 0..bytes.len() {
            refusal(&bytes[..length]);
        }
        let longer = [bytes.as_slice(), b"more"].concat();
        assert!(refusal(&longer).contains("4 bytes follow"));
    }
}

#[test]
fn flipped_bits_never_panic_and_are_always_noticed_in_the_weights() {
    let bytes = bytes_of(&small_model(WeightsType::F32));
    let data_start = 8 + u64::from_le_bytes(*bytes.first_chunk().unwrap()) as usize;
    let mut noise = Noise(7);
    for round in 0..20_000 {
        let mut damaged = bytes.clone();
        for _ in 0..=round % 3 {
            let at = noise.below(damaged.len());
            damaged[at] ^= 1 << noise.below(8);
        }
        let read = ModelFile::from_bytes("m", &damaged);
        if let Err(error) = &read {
            assert!(!error.to_string().contains('\n'), "{error}");
        }
        if damaged[..data_start] == bytes[..data_start] && damaged != bytes {
            assert!(matches!(read, Err(StorageError::Damaged(_))));
        }
    }
}

#[test]
fn absurd_claims_are_refused_before_anything_is_allocated() {
    let entry = |shape: &str, begin: u64, end: u64| {
        format!(r#"{{"x":{{"dtype":"F32","shape":{shape},"data_offsets":[{begin},{end}]}}}}"#)
    };
    let huge = (1_u64 << 60).to_string();
    let cases = [
        (forged(Some(1 << 60), "{}", 0), "claims 1152921504606846976 bytes"),
        (forged(Some(u64::MAX), "{}", 0), "claims"),
        (forged(Some((16 << 20) + 1), "{}", 0), "claims"),
        (forged(Some(1 << 20), "{}", 100), "cut short"),
        (forged(None, &entry("[1]", 4, 8), 8), "where 0 was due"),
        (forged(None, &entry("[2]", 0, 8), 4), "cut short"),
        (forged(None, &entry("[3]", 0, 8), 8), "cannot lie in 8 bytes"),
        (forged(None, &entry("[1]", 8, 4), 8), "offsets"),
        (forged(None, &entry(&format!("[{huge},{huge}]"), 0, 8), 8), "cannot lie"),
        (forged(None, &entry(&format!("[{huge}]"), 0, 1 << 62), 8), "cannot lie"),
        (forged(None, &entry("[1099511627776]", 0, 1 << 42), 8), "cut short"),
        (forged(None, &entry("[1,1,1,1,1,1,1,1,2]", 0, 8), 8), "9 dimensions"),
        (forged(None, r#"{"x":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}"#, 4), "damaged"),
        (forged(None, &"[".repeat(100_000), 0), "not JSON"),
        (forged(None, &format!("{{\"a\":{}", "[".repeat(100_000)), 0), "damaged"),
        (forged(None, "{\"\u{1b}[2J\\u001b\":", 0), "damaged"),
    ];
    for (bytes, expected) in cases {
        let text = refusal(&bytes);
        assert!(text.contains(expected), "'{text}' should say '{expected}'");
    }
    let twice = r#"{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"x":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#;
    assert!(refusal(&forged(None, twice, 8)).contains("listed twice"));
    let overlap = r#"{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"y":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#;
    assert!(refusal(&forged(None, overlap, 8)).contains("where 8 was due"));
}

#[test]
fn other_files_are_told_apart() {
    assert!(refusal(b"").contains("is empty"));
    assert!(refusal(b"abc").contains("only 3 bytes"));
    assert!(
        refusal(b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n")
            .contains("git lfs pull")
    );
    for pytorch in
        [b"PK\x03\x04 a pickle in a zip file".as_slice(), b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 jP"]
    {
        let told = refusal(pytorch);
        assert!(told.contains("a PyTorch file") && told.contains("as safetensors"), "{told}");
    }
    let pictures: [(&[u8], &str); 5] = [
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "a PNG picture"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01\x01", "a JPEG picture"),
        (b"GIF89a\x10\0\x10\0\xf7\0\0\0", "a GIF picture"),
        (b"RIFF\x24\0\0\0WEBPVP8 ", "a WebP picture"),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3", "a PDF document"),
    ];
    for (bytes, what) in pictures {
        let told = refusal(bytes);
        assert!(told.contains(&format!("it is {what}, not a model")), "{told}");
        assert!(!told.contains("header"), "{told}");
    }
    assert!(refusal(b"PK\x03\x04 anything in it").contains("a ZIP archive"));
    let foreign = r#"{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#;
    let told = refusal(&forged(None, foreign, 4));
    assert!(told.contains("no Latent Atelier manifest"), "{told}");
    // What it advises must be there to be done.
    assert!(!told.contains("import"), "{told}");
    let newer = r#"{"__metadata__":{"latent_atelier":"{\"format\":2}"}}"#;
    assert!(refusal(&forged(None, newer, 0)).contains("update the program"));
}

#[test]
fn shapes_are_checked_tensor_by_tensor() {
    let mut model = small_model(WeightsType::F32);
    let wrong = model.expect("generator.a.weight", &[3, 2]).unwrap_err().to_string();
    assert!(wrong.contains("[2, 3]") && wrong.contains("[3, 2]"), "{wrong}");
    assert!(model.expect("generator.\u{1b}", &[1]).unwrap_err().to_string().contains("\\u{1b}"));
    assert_eq!(model.expect("generator.a.bias", &[3]).unwrap(), [4.0, 4.125, 4.25]);
    assert!(model.expect_nothing_left(GENERATOR).is_ok());
    let left = model.expect_nothing_left("").unwrap_err().to_string();
    assert!(left.contains("3 tensors") && left.contains("discriminator.none"), "{left}");
}

#[test]
fn tensors_written_in_parts_are_those_written_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let [at_once, in_parts] = ["a", "b"].map(|name| folder.path().join(name));
    let values: Vec<f32> = (0..20).map(|i| i as f32 * 0.3).collect();
    let mut tensors = Tensors::new();
    tensors.insert(NamedArray::new("a", vec![3, 4], values[..12].to_vec()).unwrap());
    tensors.insert(NamedArray::new("b", vec![8], values[12..].to_vec()).unwrap());
    save_tensors(&at_once, &tensors, "numbers").unwrap();
    let shapes = [("a", vec![3, 4]), ("b", vec![8])];
    let mut writer = TensorsWriter::create(&in_parts, &shapes, "numbers").unwrap();
    for part in values.chunks(7) {
        assert!(!in_parts.exists(), "nothing is in place before the end");
        writer.append(part).unwrap();
    }
    assert!(writer.append(&[1.0]).unwrap_err().to_string().contains("1 values too many"));
    writer.finish().unwrap();
    assert_eq!(fs::read(&in_parts).unwrap(), fs::read(&at_once).unwrap());

    let mut short = TensorsWriter::create(&in_parts, &shapes, "others").unwrap();
    short.append(&values[..19]).unwrap();
    assert!(short.finish().unwrap_err().to_string().contains("1 values are missing"));
    drop(TensorsWriter::create(&in_parts, &shapes, "others").unwrap());
    assert!(TensorsWriter::create(&in_parts, &[("a", vec![usize::MAX, 2])], "").is_err());
    assert_eq!(fs::read(&in_parts).unwrap(), fs::read(&at_once).unwrap(), "the old file stands");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2, "and nothing else is left");
}

#[test]
fn weights_that_half_precision_cannot_hold_are_not_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("m.safetensors");
    let mut model = small_model(WeightsType::F16);
    model.save(&path).unwrap();
    model.tensors.insert(NamedArray::new("big", vec![1], vec![1e6]).unwrap());
    assert!(model.save(&path).unwrap_err().to_string().contains("f32"));
    assert_eq!(ModelFile::open(&path).unwrap().tensors.len(), 5);
    assert!(ModelFile::open(folder.path()).unwrap_err().to_string().contains("without a model"));
    assert!(
        ModelFile::open(&folder.path().join("none")).unwrap_err().to_string().contains("no such")
    );
}

fn config() -> RunConfig {
    let dataset = DatasetConfig {
        source: DatasetSource::Path("some/pictures".into()),
        options: DatasetOptions::default(),
    };
    RunConfig { dataset: Some(dataset), ..RunConfig::default() }
}

#[test]
fn a_run_records_where_labels_come_from_and_older_runs_have_their_own() {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("run");
    let mut config = config();
    let options = &mut config.dataset.as_mut().unwrap().options;
    options.labels = LabelSource::Table("faces.csv".into());
    let (model, training) = state(5);
    let training = TrainingState { config: config.clone(), ..training };
    let mut run = RunFolder::create(&folder, &config).unwrap();
    run.save_state(&model, &training).unwrap();
    assert_eq!(RunFolder::read_config(&folder).unwrap().dataset, config.dataset);
    let older = r#"{ "image_size": 32, "portraits": 7 }"#;
    let options: DatasetOptions = serde_json::from_str(older).unwrap();
    assert_eq!((options.image_size, options.labels), (32, LabelSource::Own));
}

fn state(step: u64) -> (ModelFile, TrainingState) {
    let mut model = small_model(WeightsType::F32);
    model.manifest.step = step;
    let moment = NamedArray::new("adam.m", vec![2], vec![step as f32; 2]).unwrap();
    let state = TrainingState {
        step,
        seed: u64::MAX,
        tensors: [moment].into_iter().collect(),
        counters: [("images_seen".to_owned(), serde_json::json!(step * 32))].into(),
        config: config(),
    };
    (model, state)
}

fn record(step: u64) -> HistoryRecord {
    HistoryRecord { step_from: step, step, ..HistoryRecord::default() }
}

#[test]
fn a_run_is_saved_and_gone_on_with() {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("deep/er/run");
    let mut run = RunFolder::create(&folder, &config()).unwrap();
    assert!(RunFolder::resume(&folder).unwrap_err().to_string().contains("no saved run"));
    let (model, training) = state(5);
    run.append_history(&[record(1), record(5)]).unwrap();
    run.save_state(&model, &training).unwrap();
    run.append_history(&[record(9)]).unwrap();
    let picture = Frame { width_px: 1, height_px: 1, rgba: Arc::new(vec![9; 4]) };
    save_snapshot(&folder, 5, &picture).unwrap();
    save_snapshot(&folder, 9, &picture).unwrap();
    assert!(matches!(RunFolder::resume(&folder), Err(StorageError::InUse(_))));
    drop(run);
    assert!(matches!(RunFolder::create(&folder, &config()), Err(StorageError::HoldsRun(_))));
    let (run, read_model, read_training) = RunFolder::resume(&folder).unwrap();
    assert_eq!((read_model.tensors, read_training), (model.tensors, training));
    assert_eq!(run.read_history().unwrap(), [record(1), record(5)]);
    assert_eq!(RunFolder::read_config(&folder).unwrap(), config());
    assert_eq!(ModelFile::open(&folder).unwrap().manifest.step, 5);
    assert_eq!(snapshots(&folder), [5], "what came after the saved step was given up");
    let not_a_model = ModelFile::open(&folder.join(TRAINING_FILE)).unwrap_err().to_string();
    assert!(not_a_model.contains("training state"), "{not_a_model}");
}

#[test]
fn a_crash_at_any_instant_of_a_save_leaves_one_whole_state() {
    let root = tempfile::tempdir().unwrap();
    let saved = |name: &str, step: u64| {
        let folder = root.path().join(name);
        let mut run = RunFolder::create(&folder, &config()).unwrap();
        let (model, training) = state(step);
        run.save_state(&model, &training).unwrap();
        folder
    };
    let (old, new) = (saved("old", 5), saved("new", 8));
    let new_training = fs::read(new.join(TRAINING_FILE)).unwrap();
    // Any part of the new state under its temporary name: the old one is what is gone on with.
    for length in [0, 1, new_training.len() / 2, new_training.len()] {
        fs::write(old.join(".training.safetensors.1-1.tmp"), &new_training[..length]).unwrap();
        fs::write(old.join(".model.safetensors.1-2.tmp"), &new_training[..length]).unwrap();
        let (_, model, training) = RunFolder::resume(&old).unwrap();
        assert_eq!((model.manifest.step, training.step), (5, 5));
    }
    // Between the two renames: the new state, and the model is brought up to it.
    fs::copy(new.join(TRAINING_FILE), old.join(TRAINING_FILE)).unwrap();
    assert_eq!(ModelFile::open(&old).unwrap().manifest.step, 5, "the model is valid all the time");
    let (_, model, training) = RunFolder::resume(&old).unwrap();
    assert_eq!((model.manifest.step, training.step), (8, 8));
    assert_eq!(ModelFile::open(&old).unwrap().manifest.step, 8);
    // The next save clears the temporary files away.
    let (mut run, ..) = RunFolder::resume(&old).unwrap();
    let (model, training) = state(9);
    run.save_state(&model, &training).unwrap();
    let is_temporary = |e: fs::DirEntry| e.file_name().to_string_lossy().ends_with(".tmp");
    assert!(!fs::read_dir(&old).unwrap().any(|e| is_temporary(e.unwrap())));
}

const CRASH_FOLDER: &str = "LATENT_ATELIER_TEST_CRASH_FOLDER";

/// Not a test by itself: saves one state after the other until [`killed_savers_leave_whole_runs`] kills it.
#[test]
fn saves_until_killed() {
    let Some(folder) = std::env::var_os(CRASH_FOLDER) else { return };
    let (mut run, _, last) = RunFolder::resume(Path::new(&folder)).unwrap();
    for step in last.step + 1.. {
        let (model, training) = state(step);
        run.append_history(&[record(step)]).unwrap();
        run.save_state(&model, &training).unwrap();
    }
}

#[test]
fn killed_savers_leave_whole_runs() {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("run");
    let mut run = RunFolder::create(&folder, &config()).unwrap();
    let (model, training) = state(1);
    run.save_state(&model, &training).unwrap();
    drop(run);
    let mut last = 1;
    for round in 0..12 {
        let mut child = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "storage::tests::saves_until_killed"])
            .env(CRASH_FOLDER, &folder)
            .stdout(std::process::Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(std::time::Duration::from_millis(40 + 7 * round));
        assert!(child.try_wait().unwrap().is_none(), "the saver should go on until it is killed");
        child.kill().unwrap();
        child.wait().unwrap();
        let before = ModelFile::open(&folder).expect("the model is valid without any repair");
        let (run, model, training) = RunFolder::resume(&folder).unwrap();
        assert_eq!(training.tensors.get("adam.m").unwrap().1, [training.step as f32; 2]);
        assert_eq!(model.manifest.step, training.step);
        assert!(before.manifest.step <= training.step && training.step >= last);
        assert!(run.read_history().unwrap().iter().all(|record| record.step <= training.step));
        last = training.step;
    }
    assert!(last > 1, "something was saved");
}

#[test]
fn every_damage_to_a_training_state_is_an_error() {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("run");
    let mut run = RunFolder::create(&folder, &config()).unwrap();
    let (model, training) = state(5);
    run.save_state(&model, &training).unwrap();
    drop(run);
    let path = folder.join(TRAINING_FILE);
    let bytes = fs::read(&path).unwrap();
    for length in (0..bytes.len()).step_by(37) {
        fs::write(&path, &bytes[..length]).unwrap();
        assert!(RunFolder::load_state(&folder).is_err(), "{length} bytes");
    }
    let mut damaged = bytes;
    *damaged.last_mut().unwrap() ^= 1;
    overwrite(&path, &damaged);
    assert!(matches!(RunFolder::resume(&folder), Err(StorageError::Damaged(_))));
    assert_eq!(ModelFile::open(&folder).unwrap().manifest.step, 5, "the model still opens");
}

fn overwrite(path: &Path, bytes: &[u8]) {
    fs::File::create(path).unwrap().write_all(bytes).unwrap();
}

#[test]
fn a_run_that_never_saved_does_not_block_its_folder() {
    let root = tempfile::tempdir().unwrap();
    let mut run = RunFolder::create(root.path(), &config()).unwrap();
    run.append_history(&[record(1)]).unwrap();
    drop(run);
    let run = RunFolder::create(root.path(), &config()).unwrap();
    assert!(run.read_history().unwrap().is_empty());
    overwrite(&root.path().join("file"), b"");
    let in_the_way = RunFolder::create(&root.path().join("file/run"), &config()).unwrap_err();
    assert!(!in_the_way.to_string().contains('\n'));
}

#[test]
fn a_folder_without_a_model_is_not_told_about_training() {
    let folder = tempfile::tempdir().expect("a folder");
    let told = ModelFile::open(folder.path()).unwrap_err().to_string();
    assert!(told.contains("is a folder without a model") && !told.contains("--resume"), "{told}");
}
