//! Points of a map sorted into named groups, to be coloured.

use serde::{Deserialize, Serialize};

use super::Map;

/// What a map was coloured by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MapColour {
    /// Pictures and samples apart.
    #[default]
    Kind,
    /// A colour for each label, where no picture has two.
    Class,
    /// With and without the label at this place.
    Label(u32),
    /// A colour for each cluster.
    Cluster,
}

/// Points sorted into named groups.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Grouping {
    /// The groups' names.
    pub names: Vec<String>,
    /// Each point's group, `[N]`.
    pub of: Vec<u16>,
    /// Points in each group.
    pub counts: Vec<usize>,
}

impl Map {
    /// By what it is coloured unless somebody chooses: classes, clusters, what there is of them.
    pub fn natural_colour(&self) -> MapColour {
        if self.labels.are_classes() {
            MapColour::Class
        } else if !self.clusters.is_empty() {
            MapColour::Cluster
        } else {
            MapColour::Kind
        }
    }

    /// All it can be coloured by, with a name for each.
    pub fn colours(&self) -> Vec<(MapColour, String)> {
        let mut all = vec![(MapColour::Kind, "Data and samples".to_owned())];
        if !self.clusters.is_empty() {
            all.push((MapColour::Cluster, "Clusters".to_owned()));
        }
        if self.labels.are_classes() {
            all.push((MapColour::Class, "Labels".to_owned()));
        } else {
            let labels = self.labels.names.iter().enumerate();
            all.extend(labels.map(|(at, name)| (MapColour::Label(at as u32), name.clone())));
        }
        all
    }

    /// The colour of this name: `kind`, `clusters`, `labels`, a label's own, or as [`Self::colours`] calls it.
    pub fn colour_named(&self, name: &str) -> Option<MapColour> {
        let word = |colour: MapColour| match colour {
            MapColour::Kind => Some("kind"),
            MapColour::Cluster => Some("clusters"),
            MapColour::Class => Some("labels"),
            MapColour::Label(_) => None,
        };
        let all = self.colours();
        // A label may be called as one of the others: the short word comes first.
        let by_word = all.iter().find(|(colour, _)| word(*colour) == Some(name));
        let found = by_word.or_else(|| all.iter().find(|(_, own)| own == name));
        found.map(|(colour, _)| *colour)
    }

    /// Sorts the points by what they are coloured by; groups without points are left out.
    pub fn grouping(&self, by: MapColour) -> Grouping {
        let names = self.group_names(by);
        let last = names.len().saturating_sub(1);
        let raw: Vec<usize> =
            (0..self.points.len()).map(|point| self.group(by, point).min(last)).collect();
        let mut counts = vec![0; names.len()];
        raw.iter().for_each(|&group| counts[group] += 1);
        let kept: Vec<usize> = (0..names.len()).filter(|&group| counts[group] > 0).collect();
        let mut place = vec![0_u16; names.len()];
        kept.iter().enumerate().for_each(|(at, &group)| place[group] = at as u16);
        Grouping {
            names: kept.iter().map(|&group| names[group].clone()).collect(),
            of: raw.into_iter().map(|group| place[group]).collect(),
            counts: kept.into_iter().map(|group| counts[group]).collect(),
        }
    }

    /// Names of all groups there may be. The last ones are pictures without a label, and samples.
    fn group_names(&self, by: MapColour) -> Vec<String> {
        let words = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
        match by {
            MapColour::Kind => words(&["Data", "Samples"]),
            MapColour::Cluster => {
                (1..=self.clusters.len().max(1)).map(|at| format!("Cluster {at}")).collect()
            }
            MapColour::Class => {
                let more = words(&["No label", "Samples"]);
                self.labels.names.iter().cloned().chain(more).collect()
            }
            MapColour::Label(label) => {
                let name = self.labels.names.get(label as usize).map_or("", String::as_str);
                vec![name.to_owned(), format!("not {name}"), "Samples".to_owned()]
            }
        }
    }

    fn group(&self, by: MapColour, point: usize) -> usize {
        let sample = point >= self.pictures.len();
        let labels = self.labels.of(point);
        match by {
            MapColour::Kind => usize::from(sample),
            MapColour::Cluster => self.members.get(point).map_or(0, |&member| member as usize),
            MapColour::Class if sample => self.labels.names.len() + 1,
            MapColour::Class => {
                labels.first().map_or(self.labels.names.len(), |&label| label as usize)
            }
            MapColour::Label(_) if sample => 2,
            MapColour::Label(label) => usize::from(!labels.contains(&label)),
        }
    }
}
