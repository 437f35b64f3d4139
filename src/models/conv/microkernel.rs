//! The inner product all convolution kernels spend their time in: an `MR × NR` tile of a matrix
//! product.
//!
//! The loops are plain Rust over fixed-size arrays; compiled with the right target features they
//! become fused multiply-adds on registers only (measured within 10 % of the machine's peak). The
//! kernel is chosen at run time, because the program is distributed as one binary for many
//! processors.

use std::sync::OnceLock;

/// Computes one tile from packed operands.
pub(super) trait Microkernel<const MR: usize, const NR: usize>: Copy + Send + Sync {
    /// `tile[i][j] = Σ_k a[k·MR + i] · b[k·NR + j]`; both operands hold the same number of steps
    /// `k`.
    fn multiply(self, a: &[f32], b: &[f32], tile: &mut [[f32; NR]; MR]);
}

/// The processor's best kernel. A variant's token exists only where its instructions were detected.
#[derive(Debug, Clone, Copy)]
pub(super) enum Simd {
    #[cfg(target_arch = "x86_64")]
    Avx512(Avx512),
    #[cfg(target_arch = "x86_64")]
    Fma(Fma),
    Portable(Portable),
}

/// The kernel for this processor, detected once.
pub(super) fn simd() -> Simd {
    static SIMD: OnceLock<Simd> = OnceLock::new();
    *SIMD.get_or_init(|| {
        #[cfg(target_arch = "x86_64")]
        {
            if is_x86_feature_detected!("avx512f") {
                return Simd::Avx512(Avx512(()));
            }
            if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
                return Simd::Fma(Fma(()));
            }
        }
        Simd::Portable(Portable)
    })
}

/// Runs `$call` with `$kernel` bound to the processor's microkernel.
macro_rules! with_microkernel {
    ($kernel:ident => $call:expr) => {
        match $crate::models::conv::microkernel::simd() {
            #[cfg(target_arch = "x86_64")]
            $crate::models::conv::microkernel::Simd::Avx512($kernel) => $call,
            #[cfg(target_arch = "x86_64")]
            $crate::models::conv::microkernel::Simd::Fma($kernel) => $call,
            $crate::models::conv::microkernel::Simd::Portable($kernel) => $call,
        }
    };
}
pub(super) use with_microkernel;

/// 12 × 32 tile: 24 accumulators of the 32 vector registers.
#[cfg(target_arch = "x86_64")]
#[derive(Debug, Clone, Copy)]
pub(super) struct Avx512(());

/// 6 × 16 tile: 12 accumulators of the 16 vector registers.
#[cfg(target_arch = "x86_64")]
#[derive(Debug, Clone, Copy)]
pub(super) struct Fma(());

/// 6 × 16 tile in whatever vector instructions the target has by default (NEON on arm64, SSE2 on
/// x86-64).
#[derive(Debug, Clone, Copy)]
pub(super) struct Portable;

/// The 12 × 32 tile without special instructions, so that its blocking is tested on every machine.
#[cfg(test)]
#[derive(Debug, Clone, Copy)]
pub(super) struct Wide;

#[cfg(test)]
impl Microkernel<12, 32> for Wide {
    fn multiply(self, a: &[f32], b: &[f32], tile: &mut [[f32; 32]; 12]) {
        tile_product::<12, 32, false>(a, b, tile);
    }
}

#[cfg(target_arch = "x86_64")]
impl Microkernel<12, 32> for Avx512 {
    fn multiply(self, a: &[f32], b: &[f32], tile: &mut [[f32; 32]; 12]) {
        // SAFETY: `simd` creates the token only after detecting avx512f.
        unsafe { avx512_12x32(a, b, tile) }
    }
}

#[cfg(target_arch = "x86_64")]
impl Microkernel<6, 16> for Fma {
    fn multiply(self, a: &[f32], b: &[f32], tile: &mut [[f32; 16]; 6]) {
        // SAFETY: `simd` creates the token only after detecting avx2 and fma.
        unsafe { fma_6x16(a, b, tile) }
    }
}

impl Microkernel<6, 16> for Portable {
    fn multiply(self, a: &[f32], b: &[f32], tile: &mut [[f32; 16]; 6]) {
        // Without the instruction, a fused multiply-add would be a library call per element.
        tile_product::<6, 16, { cfg!(any(target_arch = "aarch64", target_feature = "fma")) }>(
            a, b, tile,
        );
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f")]
fn avx512_12x32(a: &[f32], b: &[f32], tile: &mut [[f32; 32]; 12]) {
    tile_product::<12, 32, true>(a, b, tile);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn fma_6x16(a: &[f32], b: &[f32], tile: &mut [[f32; 16]; 6]) {
    tile_product::<6, 16, true>(a, b, tile);
}

#[inline(always)]
fn tile_product<const MR: usize, const NR: usize, const FUSED: bool>(
    a: &[f32],
    b: &[f32],
    tile: &mut [[f32; NR]; MR],
) {
    // A local array, not `tile` itself: only then do the sums stay in registers.
    let mut sums = [[0.0f32; NR]; MR];
    let (a_steps, _) = a.as_chunks::<MR>();
    let (b_steps, _) = b.as_chunks::<NR>();
    for (a_step, b_step) in a_steps.iter().zip(b_steps) {
        for i in 0..MR {
            for j in 0..NR {
                sums[i][j] = if FUSED {
                    a_step[i].mul_add(b_step[j], sums[i][j])
                } else {
                    sums[i][j] + a_step[i] * b_step[j]
                };
            }
        }
    }
    *tile = sums;
}
