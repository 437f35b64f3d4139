use super::*;

/// Three pictures and two samples of a plane in three dimensions.
fn map() -> Map {
    let mut labels = PointLabels::new(vec!["cat".into(), "dog".into(), "rare".into()]);
    for one in [&[0_u32][..], &[1], &[]] {
        labels.push(one);
    }
    Map {
        model: "m".to_owned(),
        step: 1,
        method: MapMethod::Pca,
        points: vec![[0.0; 2]; 5],
        dims: 3,
        latents: (0..15_u8).map(f32::from).collect(),
        pictures: vec![7, 8, 9],
        labels,
        plane: None,
        explained: Vec::new(),
        clusters: Vec::new(),
        members: Vec::new(),
        written: None,
        seconds: 0.0,
    }
}

fn groups(map: &Map, by: MapColour) -> (Vec<String>, Vec<u16>) {
    let found = map.grouping(by);
    for (group, count) in found.counts.iter().enumerate() {
        assert_eq!(found.of.iter().filter(|&&of| usize::from(of) == group).count(), *count);
    }
    (found.names, found.of)
}

#[test]
fn every_point_is_in_a_group_and_no_group_is_empty() {
    let mut map = map();
    let (names, of) = groups(&map, MapColour::Class);
    assert_eq!(names, ["cat", "dog", "No label", "Samples"]);
    assert_eq!(of, [0, 1, 2, 3, 3]);
    let (names, of) = groups(&map, MapColour::Label(1));
    assert_eq!(names, ["dog", "not dog", "Samples"]);
    assert_eq!(of, [1, 0, 1, 2, 2]);
    assert_eq!(groups(&map, MapColour::Kind).1, [0, 0, 0, 1, 1]);
    map.clusters = vec![Cluster { centre: Latent::zeros(3), size: 5 }; 2];
    map.members = vec![1, 1, 0, 1, 1];
    assert_eq!(groups(&map, MapColour::Cluster).1, [1, 1, 0, 1, 1]);
    map.samples();
    assert_eq!((map.samples(), map.picture(2), map.picture(3)), (2, Some(9), None));
    assert_eq!(map.latent(1), Some(Latent(vec![3.0, 4.0, 5.0])));
    assert_eq!(map.latent(5), None);
}

#[test]
fn labels_that_overlap_are_shown_one_at_a_time() {
    let mut map = map();
    assert_eq!(map.natural_colour(), MapColour::Class);
    assert_eq!(map.colour_named("labels"), Some(MapColour::Class));
    assert_eq!(map.colour_named("cat"), None);
    for (colour, name) in map.colours() {
        assert_eq!(map.colour_named(&name), Some(colour), "what is offered is taken: {name}");
    }
    map.labels = PointLabels::new(vec!["hat".into(), "beard".into()]);
    map.labels.push(&[0, 1]);
    assert_eq!(map.natural_colour(), MapColour::Kind);
    assert_eq!(map.colour_named("beard"), Some(MapColour::Label(1)));
    assert_eq!(map.colour_named("labels"), None);
    assert_eq!(map.labels.names_of(0), ["hat", "beard"]);
    assert!(map.labels.of(3).is_empty());
}

#[test]
fn a_place_of_the_plane_and_its_latent_lead_to_each_other() {
    let plane = Plane {
        origin: Latent(vec![1.0, 2.0, 3.0]),
        axes: [Latent(vec![0.6, 0.8, 0.0]), Latent(vec![-0.8, 0.6, 0.0])],
        explained: [0.5, 0.3],
    };
    let near = |a: &[f32], b: &[f32]| a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-5);
    let latent = plane.latent([2.0, -1.0], None);
    assert!(near(&latent.0, &[3.0, 3.0, 3.0]), "{latent:?}");
    assert!(near(&plane.place(&latent), &[2.0, -1.0]));
    // What lies off the plane stays.
    let present = Latent(vec![5.0, 5.0, -9.0]);
    let moved = plane.latent([2.0, -1.0], Some(&present));
    assert!(near(&moved.0, &[3.0, 3.0, -9.0]), "{moved:?}");
    // A latent of another space is no present one.
    assert_eq!(plane.latent([2.0, -1.0], Some(&Latent::zeros(7))), latent);
}

#[test]
fn what_cannot_be_made_is_told_with_what_to_do() {
    let pictures = |count| {
        let (source, options) = (DatasetSource::Portraits, DatasetOptions::default());
        Some(ChosenPictures { source, options, count })
    };
    let job = |pictures, samples, method, clusters| MapJob {
        pictures,
        samples,
        method,
        clusters,
        seed: 0,
        out: None,
        colour: None,
    };
    let none = Clustering::None;
    let pca = MapMethod::Pca;
    assert_eq!(job(pictures(500), 100, pca, none).check(64, true), Ok(()));
    let refused = |job: MapJob, dims, encoder| job.check(dims, encoder).expect_err("refused");
    assert!(refused(job(pictures(500), 0, pca, none), 64, false).contains("samples"));
    assert!(refused(job(None, 0, pca, none), 64, true).contains("3 to 50000"));
    assert!(refused(job(pictures(40_000), 10_001, pca, none), 64, true).contains("50001 points"));
    assert!(refused(job(None, 100, MapMethod::Latents, none), 64, true).contains("64 latent"));
    assert_eq!(job(None, 100, MapMethod::Latents, none).check(2, false), Ok(()));
    assert!(refused(job(None, 100, pca, none), 1, true).contains("t-SNE"));
    assert!(refused(job(None, 90, MapMethod::TSNE, none), 8, true).contains("29 at most"));
    assert_eq!(job(None, 91, MapMethod::TSNE, none).check(8, true), Ok(()));
    assert!(refused(job(None, 10, pca, Clustering::KMeans(11)), 8, true).contains("1 to 10"));
    assert!(refused(job(None, 10, pca, Clustering::Mixture(0)), 8, true).contains("1 to 10"));
}
