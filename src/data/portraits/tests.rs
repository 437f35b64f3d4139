//! What the data set promises: determinism, separate splits, visible attributes, one face at every size.

use super::*;

/// Mean absolute difference of two pictures, in steps of 1/255.
fn difference(a: &[u8], b: &[u8]) -> f32 {
    assert_eq!(a.len(), b.len());
    let sum: u32 = a.iter().zip(b).map(|(&x, &y)| u32::from(x.abs_diff(y))).sum();
    sum as f32 / a.len() as f32
}

/// Averages blocks of `factor` × `factor` pixels of a picture `size` wide.
fn shrink(rgb: &[u8], size: usize, factor: usize) -> Vec<u8> {
    let mut small = Vec::new();
    for y in 0..size / factor {
        for x in 0..size / factor {
            for channel in 0..3 {
                let mut sum = 0;
                for dy in 0..factor {
                    for dx in 0..factor {
                        let at = ((y * factor + dy) * size + x * factor + dx) * 3 + channel;
                        sum += usize::from(rgb[at]);
                    }
                }
                small.push((sum / (factor * factor)) as u8);
            }
        }
    }
    small
}

#[test]
fn the_same_seed_split_and_index_give_the_same_portrait() {
    let first = portrait(5, Split::Train, 123_456_789_012, 64);
    assert_eq!(first, portrait(5, Split::Train, 123_456_789_012, 64));
    assert_eq!(first.attributes, attributes(5, Split::Train, 123_456_789_012));
    assert_eq!(first.rgb.len(), 64 * 64 * 3);
}

#[test]
fn seeds_splits_and_indices_are_different_people() {
    let all = [
        portrait(1, Split::Train, 0, 32),
        portrait(1, Split::HeldOut, 0, 32),
        portrait(1, Split::Test, 0, 32),
        portrait(2, Split::Train, 0, 32),
        portrait(1, Split::Train, 1, 32),
    ];
    for (i, first) in all.iter().enumerate() {
        for second in &all[i + 1..] {
            assert_ne!(first.attributes, second.attributes);
            assert_ne!(first.rgb, second.rgb);
        }
    }
}

/// The first portrait of seed 0, pinned: whoever changes the streams changes everybody's data set, and every
/// measurement ever written down for it.
#[test]
fn the_streams_stay_as_they_are() {
    let values = attributes(0, Split::Train, 0).values();
    for (value, pin) in values.iter().zip(PINNED) {
        assert!((value - pin).abs() < 1e-4, "{values:?}");
    }
}

const PINNED: [f32; 12] = [
    0.633_621, 4.0, 2.0, -0.749_079, 0.0, 0.0, 0.0, 0.839_677, 0.837_5, -1.626_296, 25.091_58,
    0.983_2,
];

#[test]
fn values_lie_in_the_ranges_of_the_schema() {
    for index in 0..2000 {
        let values = attributes(3, Split::Train, index).values();
        assert_eq!(values.len(), schema().len());
        for (spec, value) in schema().iter().zip(values) {
            let (min, max) = match spec.kind {
                AttributeKind::Binary => (0.0, 1.0),
                AttributeKind::Continuous { min, max, .. } => (min, max),
                AttributeKind::Category { names } => (0.0, (names.len() - 1) as f32),
            };
            assert!((min..=max).contains(&value), "{}: {value}", spec.name);
        }
    }
}

/// Every yes/no label has enough of both answers to learn from, as the documentation says; and 40 % of each
/// continuous attribute lie beyond each end of its middle fifth.
#[test]
fn the_rates_are_as_documented() {
    const COUNT: u64 = 10_000;
    let people: Vec<_> = (0..COUNT).map(|i| attributes(4, Split::Train, i)).collect();
    let rate = |test: &dyn Fn(&PortraitAttributes) -> bool| {
        people.iter().filter(|person| test(person)).count() as f32 / COUNT as f32
    };
    for label in &BINARY_LABELS {
        let expected = match (label.test, schema()[label.attribute].kind) {
            (LabelTest::Yes, _) => 0.4,
            (LabelTest::Is(_), AttributeKind::Category { names }) => 1.0 / names.len() as f32,
            _ => 0.5,
        };
        let found = rate(&|person| label.holds(person));
        assert!((found - expected).abs() < 0.02, "{}: {found}", label.name);
    }
    for (row, spec) in schema().iter().enumerate() {
        let AttributeKind::Continuous { split, .. } = spec.kind else {
            continue;
        };
        let low = rate(&|person| person.values()[row] <= split.outer_low);
        let high = rate(&|person| person.values()[row] >= split.outer_high);
        assert!((low - 0.4).abs() < 0.02, "{}: {low} are low", spec.name);
        assert!((high - 0.4).abs() < 0.02, "{}: {high} are high", spec.name);
    }
}

/// A portrait with one attribute set, by its row in the schema.
fn with(base: &PortraitAttributes, row: usize, value: f32) -> PortraitAttributes {
    let mut changed = base.clone();
    match schema()[row].name {
        "hair_length" => changed.hair_length = value,
        "hair_color" => changed.hair_color = HairColor::ALL[value as usize],
        "eye_color" => changed.eye_color = EyeColor::ALL[value as usize],
        "smile" => changed.smile = value,
        "glasses" => changed.glasses = value > 0.5,
        "hat" => changed.hat = value > 0.5,
        "beard" => changed.beard = value > 0.5,
        "skin_tone" => changed.skin_tone = value,
        "face_shape" => changed.face_shape = value,
        "head_angle" => changed.head_angle = value,
        "background_hue" => changed.background_hue = value,
        "background_lightness" => changed.background_lightness = value,
        other => panic!("no attribute {other}"),
    }
    changed
}

/// Nothing hides an attribute: whoever it is and whatever they wear, changing it changes the picture.
#[test]
fn every_attribute_shows_on_every_face() {
    for (row, spec) in schema().iter().enumerate() {
        for index in 0..40 {
            let base = attributes(6, Split::HeldOut, index);
            let nuisance = nuisance(6, Split::HeldOut, index);
            let settings = match spec.kind {
                AttributeKind::Binary => vec![0.0, 1.0],
                AttributeKind::Continuous { split, .. } => vec![split.outer_low, split.outer_high],
                AttributeKind::Category { names } => (0..names.len()).map(|i| i as f32).collect(),
            };
            let pictures: Vec<_> = settings
                .iter()
                .map(|&value| render(&with(&base, row, value), &nuisance, 64))
                .collect();
            for (i, first) in pictures.iter().enumerate() {
                for second in &pictures[i + 1..] {
                    // The weakest case is the shape of a mouth inside a beard.
                    let change = difference(first, second);
                    assert!(change > 0.15, "{} of face {index}: {change}", spec.name);
                }
            }
        }
    }
}

/// A small step of a continuous attribute is a small step of the picture, everywhere in its range.
#[test]
fn continuous_attributes_move_smoothly() {
    const STEPS: usize = 50;
    for (row, spec) in schema().iter().enumerate() {
        let AttributeKind::Continuous { min, max, .. } = spec.kind else {
            continue;
        };
        for index in 0..4 {
            let base = attributes(8, Split::Train, index);
            let nuisance = nuisance(8, Split::Train, index);
            let pictures: Vec<_> = (0..=STEPS)
                .map(|i| min + (max - min) * i as f32 / STEPS as f32)
                .map(|value| render(&with(&base, row, value), &nuisance, 64))
                .collect();
            let whole = difference(&pictures[0], &pictures[STEPS]);
            for pair in pictures.windows(2) {
                let step = difference(&pair[0], &pair[1]);
                assert!(step < 0.08 * whole + 0.2, "{} of {index}: {step} of {whole}", spec.name);
            }
        }
    }
}

#[test]
fn the_same_face_appears_at_every_size() {
    for index in 0..20 {
        let large = portrait(9, Split::Test, index, 128).rgb;
        for (size, limit) in [(16, 3.0), (32, 3.5), (64, 3.0)] {
            let small = portrait(9, Split::Test, index, size).rgb;
            let change = difference(&small, &shrink(&large, 128, 128 / size as usize));
            assert!(change < limit, "face {index} at {size}: {change}");
        }
    }
}

#[test]
fn a_size_no_picture_can_have_gives_no_bytes() {
    let (face, nuisance) = (PortraitAttributes::default(), Nuisance::default());
    assert!(render(&face, &nuisance, 0).is_empty());
    assert!(render(&face, &nuisance, u32::MAX).is_empty());
    assert_eq!(render(&face, &nuisance, 1).len(), 3);
    assert_eq!(render(&face, &nuisance, 17).len(), 17 * 17 * 3);
}

#[test]
fn the_table_for_people_names_every_attribute_and_question() {
    let table = include_str!("../../../docs/portraits.md");
    let rows: Vec<&str> = table.lines().filter(|line| line.starts_with("| `")).collect();
    assert_eq!(rows.len(), schema().len());
    for (index, (row, spec)) in rows.iter().zip(schema()).enumerate() {
        assert!(row.starts_with(&format!("| `{}` |", spec.name)), "{row}");
        let kind = match spec.kind {
            AttributeKind::Binary => "yes/no",
            AttributeKind::Category { .. } => "category",
            AttributeKind::Continuous { .. } => "continuous",
        };
        assert!(row.contains(&format!("| {kind} |")), "{row}");
        let questions = BINARY_LABELS.iter().filter(|label| label.attribute == index);
        for label in questions {
            assert!(row.contains(label.name), "{}: {row}", label.name);
            if let AttributeKind::Continuous { split, .. } = spec.kind {
                let side = if matches!(label.test, LabelTest::Low) { "below" } else { "at least" };
                let rule = format!("{}: {side} {}", label.name, split.threshold);
                assert!(row.contains(&rule), "{rule}: {row}");
            }
        }
    }
}
