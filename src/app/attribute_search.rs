//! How directions are found without labels, as the panel offers it: by the terms they are known by.

/// A method.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Search {
    /// Principal components of pictures' codes.
    Pca,
    /// What moves the principal components of the generator's first activations.
    LayerPca,
    /// Closed-form factorisation of the first weight.
    #[default]
    Sefa,
    /// Tangents of the image manifold at the present picture.
    Tangents,
    /// The latent dimensions that change the picture most.
    Dimensions,
}

impl Search {
    /// All, in the order they are offered.
    pub const ALL: [Self; 5] =
        [Self::Sefa, Self::LayerPca, Self::Pca, Self::Tangents, Self::Dimensions];

    /// As shown.
    pub fn label(self) -> &'static str {
        match self {
            Self::Pca => "PCA: components of codes",
            Self::LayerPca => "GANSpace: a layer's components",
            Self::Sefa => "SeFa: first weight's factors",
            Self::Tangents => "Jacobian: tangents here",
            Self::Dimensions => "Strongest dimensions",
        }
    }

    /// What it does, for a hint.
    pub fn hint(self) -> &'static str {
        match self {
            Self::Pca => {
                "PCA: principal components of the data's codes, along which pictures differ most"
            }
            Self::LayerPca => {
                "GANSpace: what moves the principal components of a layer's activations over samples \
                 (Härkönen et al. 2020)"
            }
            Self::Sefa => {
                "SeFa: singular directions of the generator's first weight, in closed form (Shen and \
                 Zhou 2021)"
            }
            Self::Tangents => {
                "Singular directions (SVD) of the generator's Jacobian: the tangent vectors that change \
                 this very picture most"
            }
            Self::Dimensions => "The raw sliders that change pictures most",
        }
    }

    /// Whether it looks at pictures through the encoder.
    pub fn needs_encoder(self) -> bool {
        self == Self::Pca
    }
}
