//! Latents the person marked as examples, with an attribute and without it.

use std::collections::HashSet;

use crate::protocol::Latent;

/// Marked examples, in the order they were marked; none is on both sides, none twice.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Examples {
    /// Those that have it.
    pub with: Vec<Latent>,
    /// Those that do not.
    pub without: Vec<Latent>,
}

impl Examples {
    /// Marks latents; those marked on the other side before change sides.
    pub fn mark(&mut self, with: bool, latents: &[Latent]) {
        let new: HashSet<Vec<u32>> = latents.iter().map(bits).collect();
        let (to, from) = match with {
            true => (&mut self.with, &mut self.without),
            false => (&mut self.without, &mut self.with),
        };
        from.retain(|latent| !new.contains(&bits(latent)));
        let mut known: HashSet<Vec<u32>> = to.iter().map(bits).collect();
        to.extend(latents.iter().filter(|latent| known.insert(bits(latent))).cloned());
    }

    /// Forgets all: they are of another latent space.
    pub fn clear(&mut self) {
        *self = Self::default();
    }
}

/// What makes a latent the same one.
fn bits(latent: &Latent) -> Vec<u32> {
    latent.0.iter().map(|value| value.to_bits()).collect()
}

#[cfg(test)]
mod tests {
    use super::Examples;
    use crate::protocol::Latent;

    #[test]
    fn an_example_is_on_one_side_once() {
        let latents: Vec<Latent> = (0..4_u8).map(|n| Latent(vec![f32::from(n)])).collect();
        let mut examples = Examples::default();
        examples.mark(true, &latents[..3]);
        examples.mark(true, &latents[1..2]);
        assert_eq!(examples.with, latents[..3]);
        examples.mark(false, &latents[2..]);
        assert_eq!((examples.with.len(), examples.without.as_slice()), (2, &latents[2..]));
        examples.clear();
        assert_eq!(examples, Examples::default());
    }
}
