//! A plausible state of the program, drawn from nothing: for tests and pictures of the window.

use std::path::PathBuf;
use std::sync::Arc;

use latent_atelier::app::messages::{LogLevel, LogLine};
use latent_atelier::app::state::SideTab;
use latent_atelier::app::{Action, AppState, EditAction, EditFrom, EditTool, Preferences};
use latent_atelier::protocol::*;

/// A cartoon face: background, hair, skin, eyes and mouth vary with the seed.
pub fn face(seed: u64, edge: usize) -> Vec<u8> {
    let pick =
        |salt: u64, n: u64| (seed.wrapping_mul(2_654_435_761).wrapping_add(salt * 97) >> 7) % n;
    let skins = [[245, 214, 186], [224, 176, 140], [172, 118, 84], [110, 72, 50], [250, 226, 206]];
    let hairs = [[40, 28, 24], [120, 72, 30], [212, 170, 90], [150, 46, 34], [90, 90, 100]];
    let backs =
        [[190, 214, 230], [236, 214, 190], [200, 228, 204], [226, 204, 228], [240, 232, 196]];
    let skin = skins[pick(1, 5) as usize];
    let hair = hairs[pick(2, 5) as usize];
    let back = backs[pick(3, 5) as usize];
    let long = 0.3 + 0.06 * pick(4, 6) as f32;
    let smile = 0.02 * pick(5, 5) as f32;
    let mut rgba = Vec::with_capacity(edge * edge * 4);
    for y in 0..edge {
        for x in 0..edge {
            let u = (x as f32 + 0.5) / edge as f32 - 0.5;
            let v = (y as f32 + 0.5) / edge as f32 - 0.5;
            let disc = |cx: f32, cy: f32, rx: f32, ry: f32| {
                ((u - cx) / rx).powi(2) + ((v - cy) / ry).powi(2) < 1.0
            };
            let mouth_y = 0.18 + smile * (1.0 - (u / 0.1).powi(2));
            let mut colour = back;
            if disc(0.0, -0.04, 0.33, long) {
                colour = hair;
            }
            if disc(0.0, 0.05, 0.25, 0.31) {
                colour = skin;
            }
            if disc(-0.1, 0.0, 0.04, 0.035) || disc(0.1, 0.0, 0.04, 0.035) {
                colour = [250, 250, 250];
            }
            if disc(-0.1, 0.0, 0.02, 0.024) || disc(0.1, 0.0, 0.02, 0.024) {
                colour = [40, 60, 80];
            }
            if u.abs() < 0.1 && (v - mouth_y).abs() < 0.018 {
                colour = [170, 60, 60];
            }
            if disc(0.0, -0.22, 0.27, 0.11) {
                colour = hair;
            }
            rgba.extend(colour);
            rgba.push(255);
        }
    }
    rgba
}

/// One face as a frame.
pub fn portrait(seed: u64, edge: usize) -> Frame {
    Frame { width_px: edge, height_px: edge, rgba: Arc::new(face(seed, edge)) }
}

/// Faces in rows without gaps.
pub fn sheet(columns: usize, rows: usize, edge: usize, first_seed: u64) -> Frame {
    let width = columns * edge;
    let mut rgba = vec![0; width * rows * edge * 4];
    for tile in 0..columns * rows {
        let pixels = face(first_seed + tile as u64, edge);
        let (left, top) = (tile % columns * edge, tile / columns * edge);
        for y in 0..edge {
            let to = ((top + y) * width + left) * 4;
            rgba[to..to + edge * 4].copy_from_slice(&pixels[y * edge * 4..(y + 1) * edge * 4]);
        }
    }
    Frame { width_px: width, height_px: rows * edge, rgba: Arc::new(rgba) }
}

pub fn cpu() -> DeviceInfo {
    DeviceInfo {
        name: "AMD EPYC 9R14, 2 cores".to_owned(),
        backend: "flex".to_owned(),
        kind: DeviceKind::Cpu,
        memory_bytes: Some(16 << 30),
        memory_note: String::new(),
        choice: DeviceChoice::Auto,
    }
}

pub fn devices() -> Vec<ListedDevice> {
    let software = DeviceInfo {
        name: "llvmpipe (LLVM 15.0.7, 256 bits)".to_owned(),
        backend: "vulkan".to_owned(),
        kind: DeviceKind::SoftwareGpu,
        memory_bytes: None,
        memory_note: "largest buffer 128 MiB".to_owned(),
        choice: DeviceChoice::GpuIndex(0),
    };
    vec![
        ListedDevice {
            choice: DeviceChoice::Cpu,
            info: DeviceInfo { choice: DeviceChoice::Cpu, ..cpu() },
            chosen: true,
            reason: "Chosen: no real GPU was found.".to_owned(),
        },
        ListedDevice {
            choice: DeviceChoice::GpuIndex(0),
            info: software,
            chosen: false,
            reason: "Not chosen: it runs on the processor, and Flex is faster there.".to_owned(),
        },
    ]
}

pub fn model() -> ModelSummary {
    ModelSummary {
        name: "Portraits 64 (built in)".to_owned(),
        path: None,
        generator: String::new(),
        spec: ModelSpec::default(),
        parameters: Networks { generator: 1_061_000, encoder: 780_000, discriminator: 692_000 },
        step: 24_000,
        latent_std: Vec::new(),
        latent_kl: (0..64).map(|dim| 3.0 / (1.0 + dim as f32)).collect(),
        description: "A VAE-GAN trained on Portraits by this program. CC0.".to_owned(),
    }
}

pub fn dataset() -> DatasetSummary {
    let labels = [
        ("hair: brown", 5210),
        ("hair: black", 4875),
        ("hair: blond", 4102),
        ("hair: red", 3010),
        ("hair: gray", 2803),
        ("glasses", 5020),
        ("hat", 3970),
        ("beard", 4210),
        ("smiling", 9984),
    ];
    DatasetSummary {
        name: "Portraits".to_owned(),
        source: DatasetSource::Portraits,
        options: DatasetOptions::default(),
        train_count: 20_000,
        held_out_count: 1_000,
        labels: labels
            .map(|(name, count)| LabelCount { name: name.to_owned(), count, unknown: 0 })
            .into_iter()
            .collect(),
        labelling: None,
        has_file_names: false,
        skipped: Vec::new(),
        remarks: Vec::new(),
        in_memory: true,
        thumbnails: sheet(6, 4, 64, 100),
        thumbnail_columns: 6,
        thumbnail_count: 24,
    }
}

pub fn folder_dataset() -> DatasetSummary {
    DatasetSummary {
        name: "holiday photos".to_owned(),
        source: DatasetSource::Path(PathBuf::from("/pictures/holiday photos")),
        has_file_names: true,
        skipped: vec![
            SkippedFile {
                path: "notes/readme.png".into(),
                reason: "not a picture: the file starts with text".to_owned(),
            },
            SkippedFile {
                path: "huge.png".into(),
                reason: "claims 60,000 × 60,000 px, which is over the limit".to_owned(),
            },
        ],
        remarks: vec!["decoded on demand: 3.1 GiB is over the limit of 2.0 GiB".to_owned()],
        in_memory: false,
        ..dataset()
    }
}

fn losses(step: u64) -> Vec<LossPoint> {
    let t = step as f64;
    let noise = |salt: f64| (t * salt).sin() * (t * salt * 1.7).cos() * 0.12;
    let values = [
        ("d_loss", 1.05 + 0.35 * (-t / 3000.0).exp() + noise(0.9)),
        ("g_loss", 1.4 - 0.5 * (-t / 2500.0).exp() + noise(1.3) * 1.5),
        ("recon", 0.02 + 0.2 * (-t / 1800.0).exp() + noise(0.7).abs() * 0.05),
        ("kl", 0.06 + 0.04 * (1.0 - (-t / 4000.0).exp()) + noise(0.4) * 0.05),
    ];
    values.map(|(name, value)| LossPoint { name: name.to_owned(), value }).into_iter().collect()
}

fn log(state: &mut AppState) {
    let lines = [
        (LogLevel::Info, "engine", "device: AMD EPYC 9R14, 2 cores (Flex)"),
        (LogLevel::Info, "storage", "opened the built-in model portraits-64, step 24000"),
        (LogLevel::Info, "data", "Portraits: 20000 pictures of 64 px drawn in 3.1 s"),
        (LogLevel::Warn, "data", "huge.png skipped: claims 60,000 × 60,000 px"),
        (LogLevel::Info, "train", "run 2026-11-21-1 started: vae-gan, batch 32, seed 0"),
        (LogLevel::Error, "storage", "the disk is full: the snapshot at step 8000 was not written"),
    ];
    for (index, (level, target, text)) in lines.into_iter().enumerate() {
        state.push_log(LogLine {
            at_secs: 0.4 + index as f64 * 3.7,
            level,
            target: target.to_owned(),
            text: text.to_owned(),
        });
    }
}

/// The very first moment: an engine that is up, nothing open.
pub fn empty() -> AppState {
    let mut state = AppState::new(Preferences::default());
    state.apply_event(Event::DeviceReady(cpu()));
    state.apply_event(Event::DevicesListed(devices()));
    state
}

/// A model is open, its picture drawn, nothing trains.
pub fn exploring() -> AppState {
    let mut state = empty();
    state.apply_event(Event::ModelReady(Box::new(model())));
    for seed in 1..9 {
        state.apply_action(Action::SetSeed(seed));
        draw(&mut state, seed);
    }
    let latents = (0..36).map(|seed| latent_atelier::app::random::latent(seed, 64, Prior::Normal));
    state.take_samples(SampleSheet {
        step: 24_000,
        columns: 6,
        tile_px: 64,
        count: 36,
        frame: sheet(6, 6, 64, 300),
        latents: latents.collect(),
        reconstructions: None,
    });
    log(&mut state);
    state.outbox.clear();
    state
}

fn draw(state: &mut AppState, seed: u64) {
    state.now_secs += 0.4;
    let Some(request) = state.explore.take_request(state.now_secs) else { return };
    state.now_secs += 0.028;
    state.take_preview(PreviewFrame {
        id: request.id,
        latent: request.latent,
        frame: portrait(seed, 64),
        step: 24_000,
        decode_ms: 3.4,
    });
}

/// In the midst of a run on Portraits.
pub fn training() -> AppState {
    let mut state = exploring();
    state.apply_event(Event::DatasetOpened(Box::new(dataset())));
    let settings = TrainSettings { steps: 20_000, ..TrainSettings::default() };
    state.apply_event(Event::Training(Phase::Running {
        folder: "/runs/2026-11-21-1".into(),
        settings: Box::new(settings),
    }));
    for step in (20..=8_140).step_by(20) {
        state.apply_event(Event::Progress(Box::new(TrainProgress {
            step_from: step - 19,
            step,
            steps_total: 20_000,
            losses: losses(step),
            images_per_sec: 612.0 + (step as f64 * 0.01).sin() * 20.0,
            elapsed_secs: step as f64 * 0.052,
            live: LiveSettings::default(),
        })));
    }
    state.apply_action(Action::ShowSideTab(SideTab::Training));
    state.outbox.clear();
    state
}

/// A map of pictures in five heaps, the first ones, and of samples among them.
pub fn map(pictures: usize, samples: usize) -> Arc<Map> {
    let dims = 64;
    let wave = |at: usize, salt: f32| (at as f32 * salt).sin();
    let place = |at: usize| {
        let (angle, reach) = (at as f32 * 2.4, ((at * 37 % 1000) as f32 / 1000.0).sqrt());
        let heap = [[-2.0, 1.0], [0.5, 1.6], [2.2, 0.2], [0.4, -1.5], [-1.7, -1.0]][at % 5];
        let spread = if at < pictures { 0.7 } else { 2.4 };
        let middle = if at < pictures { heap } else { [0.0, 0.0] };
        [middle[0] + spread * reach * angle.cos(), middle[1] + spread * reach * angle.sin()]
    };
    let n = pictures + samples;
    let points: Vec<[f32; 2]> = (0..n).map(place).collect();
    let mut labels = PointLabels::new(
        ["smile", "glasses", "hat", "beard"].map(str::to_owned).into_iter().collect(),
    );
    for at in 0..pictures {
        let mut own: Vec<u32> =
            (0..4).filter(|label| (at / 5 + at % 5) % (label + 2) == 0).map(|l| l as u32).collect();
        own.truncate(3);
        labels.push(&own);
    }
    let axis = |on: usize| {
        let mut axis = Latent::zeros(dims);
        axis.0[on] = 1.0;
        axis
    };
    let latents = (0..n).flat_map(|at| {
        let [x, y] = place(at);
        [x, y].into_iter().chain((2..64).map(move |dim| wave(at, 0.1 * dim as f32)))
    });
    Arc::new(Map {
        model: "Portraits 64 (built in)".to_owned(),
        step: 24_000,
        method: MapMethod::Pca,
        points,
        dims,
        latents: latents.collect(),
        pictures: (0..pictures as u32).collect(),
        labels,
        plane: Some(Plane {
            origin: Latent::zeros(dims),
            axes: [axis(0), axis(1)],
            explained: [0.23, 0.11],
        }),
        explained: vec![0.23, 0.11, 0.08],
        clusters: (0..5)
            .map(|heap| {
                let mut centre = Latent::zeros(dims);
                centre.0[0] = heap as f32 - 2.0;
                Cluster { centre, size: n.div_ceil(5) }
            })
            .collect(),
        members: (0..n).map(|at| (at % 5) as u32).collect(),
        written: None,
        seconds: 2.5,
    })
}

/// Small pictures that answer a request of the map.
pub fn map_pictures(request: &MapPicturesRequest, done: usize) -> MapPictures {
    let columns = request.columns;
    MapPictures {
        place: request.place,
        id: request.id,
        columns,
        done,
        count: request.pictures.len(),
        tile_px: 64,
        frame: sheet(columns, done.div_ceil(columns), 64, 700),
    }
}

/// A map is there.
pub fn mapped(pictures: usize, samples: usize) -> AppState {
    let mut state = exploring();
    state.apply_event(Event::DatasetOpened(Box::new(dataset())));
    state.apply_action(Action::MakeMap);
    state.apply_event(Event::MapMade(map(pictures, samples)));
    let asked = state.outbox.iter().rev().find_map(|command| match command {
        Command::DrawMapPictures(request) => Some(request.clone()),
        _ => None,
    });
    let asked = asked.expect("the clusters' pictures");
    state.take_map_pictures(map_pictures(&asked, asked.pictures.len()));
    state.outbox.clear();
    state
}

/// A photo: a face in the left half, a wall beside it.
pub fn photo() -> Photo {
    let (edge, width) = (300, 480);
    let pixels = face(11, edge);
    let mut rgba = vec![180; width * edge * 4];
    for y in 0..edge {
        rgba[y * width * 4..y * width * 4 + edge * 4]
            .copy_from_slice(&pixels[y * edge * 4..(y + 1) * edge * 4]);
    }
    Photo {
        id: 1,
        name: "me at the lake.jpg".to_owned(),
        origin: PhotoOrigin::File("/pictures/me at the lake.jpg".into()),
        width_px: 4800,
        height_px: 3000,
        preview: Frame { width_px: width, height_px: edge, rgba: Arc::new(rgba) },
        remarks: Vec::new(),
    }
}

/// A photo is open, its square cut out.
pub fn photographed() -> AppState {
    let mut state = exploring();
    state.apply_event(Event::DatasetOpened(Box::new(dataset())));
    state.apply_event(Event::PhotoOpened(Box::new(photo())));
    let mean =
        MeanPicture { frame: portrait(4, 64), of: "512 training pictures of Portraits".to_owned() };
    state.apply_event(Event::MeanPicture(Box::new(mean)));
    answer_crop(&mut state);
    state.outbox.clear();
    state
}

/// Answers the newest request for a square, with some face.
pub fn answer_crop(state: &mut AppState) {
    let asked = state.outbox.iter().rev().find_map(|command| match command {
        Command::CropPhoto(request) => Some(request.clone()),
        _ => None,
    });
    let CropRequest { id, photo, crop, size, channels } = asked.expect("a square was asked for");
    let frame = portrait(11, size as usize);
    state.take_cropped(CroppedPhoto { id, photo, crop, channels, frame });
}

/// The picture in Explore is edited: this many strokes of all kinds, and candidates around them.
pub fn edited(strokes: usize, candidates: u32) -> AppState {
    let mut state = exploring();
    state.apply_action(Action::Edit(EditAction::Start(EditFrom::Explore)));
    let tools = &EditTool::ALL[..11];
    for at in 0..strokes {
        let hue = (at * 40 % 256) as u8;
        state.apply_action(Action::Edit(EditAction::SetColour([hue, 255 - hue, 90])));
        state.apply_action(Action::Edit(EditAction::SetTool(tools[at % tools.len()])));
        let y = 0.1 + 0.8 * at as f32 / strokes.max(1) as f32;
        let point = |x: f32| StrokePoint::at(x, y + 0.05 * (x * 9.0).sin());
        state.apply_action(Action::Edit(EditAction::Press(point(0.2))));
        for step in 1..=30 {
            let to = point(0.2 + 0.6 * step as f32 / 30.0);
            state.apply_action(Action::Edit(EditAction::Drag(to)));
        }
        state.apply_action(Action::Edit(EditAction::Release));
    }
    state.apply_action(Action::Edit(EditAction::SetTool(EditTool::Colour)));
    answer_edit(&mut state, candidates);
    state.notices.clear();
    state.outbox.clear();
    state
}

/// Answers the newest request of the edit, as the engine does; the request.
pub fn answer_edit(state: &mut AppState, candidates: u32) -> Option<EditRequest> {
    let request = state.take_edit_request()?;
    let latent = request.moved.plus(&Latent(vec![0.4; request.moved.dims()]), 1.0);
    let offered = |start: u32| OfferedCandidate {
        start,
        latent: latent.clone(),
        total: 0.2 + 0.01 * start as f32,
        picture: portrait(100 + u64::from(start), 64),
    };
    let on: Vec<usize> =
        (0..request.plan.strokes.len()).filter(|at| request.plan.strokes[*at].on).collect();
    let loss = EditLoss {
        total: 0.24,
        constraints: 0.2,
        distance: 0.15,
        realism: -1.2,
        each: on.iter().map(|at| 0.01 + 0.003 * *at as f32).collect(),
    };
    let photo = request.start.photo.is_some();
    state.take_edit(EditView {
        id: request.id,
        edit: request.edit,
        stage: if request.painting { EditStage::Adopted } else { EditStage::Settled },
        steps: (12, 100),
        latent: latent.clone(),
        loss,
        each: on,
        before: portrait(8, 64),
        picture: portrait(20 + request.id % 8, 64),
        composite: photo.then(|| portrait(40, 64)),
        mask: portrait(8, 64),
        offered: (0..candidates).map(offered).collect(),
        handles: Vec::new(),
        realism: RealismBy::Prior,
        manifold: Some(Manifold {
            norm: 7.5,
            shell: 8.0,
            norms: (5.0, 8.4),
            among_data: None,
            among_own: None,
            light: ManifoldLight::On,
        }),
        remarks: Vec::new(),
    });
    Some(request)
}
