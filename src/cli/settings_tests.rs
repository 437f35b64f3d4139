//! What wins over what, and what is refused.

use std::path::{Path, PathBuf};

use super::{TrainPlan, parse_settings};
use crate::cli::args::{Cli, Command, TrainArgs};
use crate::cli::outcome::exit_code;
use crate::protocol::{
    DatasetSource, Family, LabelSource, ModelSpec, Normalisation, TrainSettings, TrainTask,
};
use crate::storage::{
    DatasetConfig, Manifest, ModelFile, RunConfig, RunFolder, Tensors, TrainingState,
};
use clap::Parser;

fn args(line: &str) -> TrainArgs {
    let words = ["x", "train"].into_iter().chain(line.split_whitespace());
    match Cli::try_parse_from(words).expect("valid arguments").command {
        Some(Command::Train(args)) => *args,
        other => panic!("{other:?}"),
    }
}

fn gather(line: &str) -> anyhow::Result<TrainPlan> {
    TrainPlan::gather(args(line), None)
}

#[test]
fn only_four_options_are_needed_and_families_have_their_defaults() {
    let plan = gather("--data portraits --family vae --steps 5 --out r").unwrap();
    assert_eq!(plan.source, DatasetSource::Portraits);
    assert_eq!(plan.run.spec, ModelSpec::for_family(Family::Vae));
    assert_eq!(
        plan.run.train,
        TrainSettings { steps: 5, ..TrainSettings::for_family(Family::Vae) }
    );
    assert_eq!(plan.run.out, Some(PathBuf::from("r")));
    for line in [
        "--family gan --steps 5 --out r",
        "--data portraits --steps 5 --out r",
        "--data portraits --family gan --out r",
    ] {
        let error = gather(line).unwrap_err();
        assert_eq!(exit_code(&error), 2, "{error}");
        assert!(error.to_string().contains("is missing"), "{error}");
    }
}

#[test]
fn every_option_arrives() {
    let plan = gather(
        "--data portraits --family vae-gan --steps 9 --out r --size 32 --channels 1 --latent 8 --width 16 \
         --norm instance --norm-d none --likelihood gaussian --batch 4 --lr 0.01 --lr-d 0.02 --ema 0.9 \
         --beta 4 --objective non-saturating --real-label 0.9 --checkpoint-every 3 --portraits 77 --background #010203 \
         --fit fit --memory-limit 3",
    )
    .unwrap();
    let (spec, train, options) = (&plan.run.spec, &plan.run.train, &plan.options);
    assert_eq!((spec.image_size, spec.channels, spec.latent, spec.width), (32, 1, 8, 16));
    assert_eq!(spec.generator_norm, Normalisation::Instance);
    assert_eq!(spec.discriminator_norm, Normalisation::None);
    assert_eq!((train.batch, train.checkpoint_every, train.live.beta), (4, 3, 4.0));
    assert_eq!(train.real_label, 0.9);
    let live = &train.live;
    assert_eq!((live.lr_generator, live.lr_discriminator, live.lr_encoder), (0.01, 0.02, 0.01));
    assert_eq!((options.image_size, options.channels, options.portraits), (32, 1, 77));
    assert_eq!((options.background, options.memory_limit_bytes), ([1, 2, 3], 3 << 20));
}

#[test]
fn the_command_line_wins_over_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("s.toml");
    let text = "[model]\nfamily = 'vae-gan'\nimage_size = 16\n[train]\nsteps = 7\nlr_d = 1e-3\nseed = 3\n\
                [data]\ndata = 'portraits'\nbackground = '#000000'\n";
    std::fs::write(&file, text).unwrap();
    let line = format!("--out r --steps 9 --config {}", file.display());
    let plan = gather(&line).unwrap();
    assert_eq!((plan.run.spec.image_size, plan.run.train.steps, plan.run.train.seed), (16, 9, 3));
    assert_eq!(plan.run.train.live.lr_discriminator, 1e-3);
    assert_eq!(TrainPlan::gather(args(&line), Some(4)).unwrap().run.train.seed, 4);
    let error = gather("--out r --config /no/such.toml").unwrap_err();
    assert_eq!(exit_code(&error), 1);
}

#[test]
fn unknown_keys_are_refused_with_file_and_key() {
    let refused = |text: &str| {
        let error = parse_settings("s.toml", text).unwrap_err();
        assert_eq!(exit_code(&error), 2);
        let text = error.to_string();
        assert!(text.starts_with("s.toml:") && !text.contains('\n'), "{text}");
        text
    };
    assert!(refused("[train]\nsteeps = 3").contains("`steeps`"));
    assert!(refused("[trian]\nsteps = 3").contains("'trian'"));
    assert!(refused("steps = 3").contains("'steps'"));
    assert!(refused("[model]\nfamily = 'dcgan'").contains("`dcgan`"));
    assert!(refused("[model]\nsize = 'big'").contains("[model]"));
    assert!(refused("[model]\nsize = 'a'").ends_with("size must be a whole number, 0 or more"));
    assert!(
        refused("[model]\nlatent = 1.5\nsize = 32")
            .ends_with("latent must be a whole number, 0 or more")
    );
    assert!(refused("[train]\nlr = 'fast'").ends_with("lr must be a number"));
    assert!(refused("[model]\n\nsize = = 3").contains("line 3"));
}

#[test]
fn a_file_in_place_of_the_runs_folder_is_refused_in_plain_words() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("notes.txt");
    std::fs::write(&file, "mine").expect("written");
    let line = format!("--data portraits --family vae --steps 5 --out {}", file.display());
    let error = gather(&line).unwrap_err();
    assert_eq!(exit_code(&error), 2);
    let text = error.to_string();
    assert!(
        text.contains("notes.txt is a file: name a folder") && !text.contains("os error"),
        "{text}"
    );
}

#[test]
fn settings_out_of_range_are_wrong_arguments_and_missing_data_is_not() {
    let code = |line: &str| exit_code(&gather(line).unwrap_err());
    assert_eq!(code("--data portraits --family gan --steps 1 --out r --latent 0"), 2);
    assert_eq!(code("--data portraits --family gan --steps 1 --out r --batch 0"), 2);
    assert_eq!(code("--data portraits --family gan --steps 1 --out r --lr NaN"), 2);
    assert_eq!(code("--data portraits --family gan --steps 1 --out r --portraits 100000000"), 2);
    assert_eq!(code("--data portraits --family gan --steps 1 --out r --portraits 0"), 2);
    assert_eq!(code("--data no/such/folder --family gan --steps 1 --out r"), 1);
}

#[test]
fn options_of_another_family_are_refused_by_name() {
    let refused = |line: &str, option: &str, family: &str| {
        let error = gather(&format!("--data portraits --steps 1 --out r {line}")).unwrap_err();
        assert_eq!(exit_code(&error), 2, "{line}: {error}");
        let text = error.to_string();
        assert!(text.contains(option) && text.contains(&format!("family {family}:")), "{text}");
    };
    refused("--family vae --lr-d 1e-4", "--lr-d", "vae");
    refused("--family vae --norm-d none", "--norm-d", "vae");
    refused("--family vae --real-label 0.9", "--real-label", "vae");
    refused("--family vae --objective non-saturating", "--objective", "vae");
    refused("--family vae --feature-weight 1", "--feature-weight", "vae");
    refused("--family gan --beta 3", "--beta", "gan");
    refused("--family gan --lr-e 1e-4", "--lr-e", "gan");
    refused("--family gan --label-weight 1", "--label-weight", "gan");
    refused("--family gan --likelihood gaussian", "--likelihood", "gan");
    refused("--family gan --adversarial-weight 1", "--adversarial-weight", "gan");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("s.toml");
    std::fs::write(&file, "[train]\nfeature_weight = 2\n").unwrap();
    let line = |family| format!("--family {family} --config {}", file.display());
    refused(&line("gan"), "`feature-weight`", "gan");
    let fits = gather(&format!("--data portraits --steps 1 --out r {}", line("vae-gan"))).unwrap();
    assert_eq!(fits.run.train.live.feature_weight, 2.0);
}

fn saved_run(folder: &Path) -> RunConfig {
    let spec = ModelSpec { image_size: 16, latent: 8, ..ModelSpec::for_family(Family::Gan) };
    let train = TrainSettings { steps: 4, seed: 6, ..TrainSettings::default() };
    let dataset = DatasetConfig {
        source: DatasetSource::Portraits,
        options: crate::protocol::DatasetOptions { portraits: 50, ..Default::default() },
    };
    let config = RunConfig { spec, train, dataset: Some(dataset) };
    save(folder, &config);
    config
}

fn save(folder: &Path, config: &RunConfig) {
    let model = ModelFile::new(Manifest::new(config.spec.clone()), Tensors::new());
    let state = TrainingState { step: 4, seed: 6, config: config.clone(), ..Default::default() };
    RunFolder::create(folder, config).unwrap().save_state(&model, &state).unwrap();
}

#[test]
fn a_run_that_is_gone_on_with_brings_its_settings() {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("run");
    let out = folder.display();
    let error = gather(&format!("--steps 8 --resume --out {out}")).unwrap_err();
    assert!(error.to_string().contains("no saved run"), "{error}");
    let config = saved_run(&folder);
    let plan = gather(&format!("--steps 8 --resume --out {out} --lr 1e-5")).unwrap();
    assert_eq!((plan.run.spec, plan.source), (config.spec, DatasetSource::Portraits));
    assert_eq!((plan.run.train.steps, plan.run.train.seed, plan.options.portraits), (8, 6, 50));
    assert!(plan.run.resume && plan.run.train.live.lr_generator == 1e-5);
    let same = format!("--data portraits --family gan --size 16 --steps 8 --resume --out {out}");
    assert!(gather(&same).is_ok(), "repeating what the run has is no change");
    let error = gather(&format!("--steps 8 --resume --out {out} --latent 9")).unwrap_err();
    assert_eq!(exit_code(&error), 2);
    let line = format!("--data portraits --family gan --steps 8 --out {out}");
    assert!(gather(&line).unwrap_err().to_string().contains("--resume"));
}

#[test]
fn labels_are_an_option_and_a_key_and_stay_with_their_pictures() {
    let root = tempfile::tempdir().unwrap();
    let (photos, others) = (root.path().join("photos"), root.path().join("others"));
    std::fs::create_dir(&photos).unwrap();
    std::fs::create_dir(&others).unwrap();
    let file = root.path().join("s.toml");
    std::fs::write(&file, "[data]\nlabel_pattern = \"{a}_*\"\n").unwrap();
    let line = |data: &Path| {
        let (data, file) = (data.display(), file.display());
        format!("--family gan --steps 8 --data {data} --config {file} --out r")
    };
    let pattern = LabelSource::Pattern("{a}_*".to_owned());
    assert_eq!(gather(&line(&photos)).unwrap().options.labels, pattern);
    let error = gather(&format!("{} --labels no.csv", line(&photos))).unwrap_err();
    assert!(error.to_string().contains("no.csv"), "the command line wins: {error}");
    let both = "[data]\nlabels = \"l.csv\"\nlabel-pattern = \"{a}\"\n";
    std::fs::write(&file, both).unwrap();
    assert_eq!(exit_code(&gather(&line(&photos)).unwrap_err()), 2);

    let folder = root.path().join("run");
    let mut config = saved_run(&folder);
    let options = crate::protocol::DatasetOptions { labels: pattern.clone(), ..Default::default() };
    config.dataset = Some(DatasetConfig { source: DatasetSource::Path(photos.clone()), options });
    std::fs::remove_dir_all(&folder).unwrap();
    save(&folder, &config);
    let line = format!("--steps 8 --resume --out {}", folder.display());
    assert_eq!(gather(&line).unwrap().options.labels, pattern);
    let with = |data: &Path| gather(&format!("{line} --data {}", data.display())).unwrap();
    assert_eq!(with(&photos).options.labels, pattern);
    assert_eq!(with(&others).options.labels, LabelSource::Own);
}

#[test]
fn data_of_a_run_that_are_gone_can_be_replaced() {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("run");
    let mut config = saved_run(&folder);
    let gone = DatasetSource::Path(root.path().join("gone"));
    config.dataset.as_mut().unwrap().source = gone;
    std::fs::remove_dir_all(&folder).unwrap();
    save(&folder, &config);
    let line = format!("--steps 8 --resume --out {}", folder.display());
    let error = gather(&line).unwrap_err().to_string();
    assert!(error.contains("gone") && error.contains("--data"), "{error}");
    assert_eq!(
        gather(&format!("{line} --data portraits")).unwrap().source,
        DatasetSource::Portraits
    );
}

#[test]
fn an_encoder_takes_its_architecture_from_its_model() {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("run");
    let spec = saved_run(&folder).spec;
    let line = format!("--data portraits --steps 9 --out r --encoder-for {}", folder.display());
    let plan =
        gather(&format!("{line} --lr-e 0.01 --code-weight 2 --adversarial-weight 3")).unwrap();
    assert_eq!(plan.run.spec, spec.clone().with_encoder());
    assert_eq!((plan.options.image_size, plan.model), (16, Some(folder.clone())));
    let train = &plan.run.train;
    assert_eq!(train.task, TrainTask::Encoder { fresh: false });
    assert_eq!((train.live.lr_encoder, train.live.code_weight), (0.01, 2.0));
    assert_eq!((train.steps, train.adam_beta1), (9, TrainSettings::for_encoder().adam_beta1));
    let fresh = gather(&format!("{line} --fresh-encoder --size 16 --family gan")).unwrap();
    assert_eq!(fresh.run.train.task, TrainTask::Encoder { fresh: true });

    let code = |more: &str, named: &str| {
        let error = gather(&format!("{line} {more}")).unwrap_err();
        assert!(error.to_string().contains(named), "{error}");
        exit_code(&error)
    };
    for (more, named) in [
        ("--family vae", "--family"),
        ("--size 32", "--size"),
        ("--latent 9", "--latent"),
        ("--prior uniform", "--prior"),
        ("--norm-d none", "--norm-d"),
        ("--beta 2", "--beta"),
        ("--lr-d 0.1", "--lr-d"),
        ("--label-weight 1", "--label-weight"),
        ("--lr-e 7", "--lr-e 7"),
        ("--code-weight 99999", "--code-weight 99999"),
    ] {
        assert_eq!(code(more, named), 2, "{more}");
    }
    let ordinary = "--data portraits --family gan --steps 9 --out r --code-weight 2";
    let error = gather(ordinary).unwrap_err();
    assert!(exit_code(&error) == 2 && error.to_string().contains("--encoder-for"), "{error}");
    let typed = |more: &str| {
        let words = ["x", "train", "--out", "r"].into_iter().chain(more.split_whitespace());
        Cli::try_parse_from(words).err().map(|error| error.exit_code())
    };
    assert_eq!(typed("--fresh-encoder"), Some(2));
    assert_eq!(typed("--encoder-for m --init m"), Some(2));
    assert_eq!(typed("--encoder-for m --fresh-encoder --resume"), Some(2));
    assert_eq!(typed("--encoder-for m --resume"), None);
}

#[test]
fn an_encoders_run_is_gone_on_with_by_its_folder_alone() {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("run");
    let mut config = saved_run(&folder);
    config.spec = config.spec.with_encoder();
    config.train = TrainSettings::for_encoder().sized_as(&config.train);
    std::fs::remove_dir_all(&folder).unwrap();
    save(&folder, &config);
    let line = format!("--steps 8 --resume --out {}", folder.display());
    let plan = gather(&format!("{line} --code-weight 0.5")).unwrap();
    assert_eq!((&plan.run.spec, plan.model), (&config.spec, None));
    assert_eq!(plan.run.train.task, config.train.task);
    assert_eq!(plan.run.train.live.code_weight, 0.5);
    for more in ["--beta 2", "--family vae"] {
        assert_eq!(exit_code(&gather(&format!("{line} {more}")).unwrap_err()), 2, "{more}");
    }
}
