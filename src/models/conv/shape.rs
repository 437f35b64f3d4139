//! Sizes of one convolution, seen from both of its sides.
//!
//! A convolution maps a *large* image (its input) to a *small* one (its output); a transposed
//! convolution maps the small image to the large one with the same weight layout `[small channels,
//! large channels, kernel, kernel]`. Writing both in these terms lets three kernels serve all six
//! forward and gradient computations.

/// Stride and zero padding of a square, undilated, ungrouped convolution.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ConvGeometry {
    /// Step of the window on the large image, in pixels, at least 1.
    pub stride: usize,
    /// Zero border around the large image, in pixels, on every side.
    pub padding: usize,
}

impl ConvGeometry {
    /// The geometry with this `stride` and `padding`.
    pub const fn new(stride: usize, padding: usize) -> Self {
        Self { stride, padding }
    }

    /// Side of a convolution's output, `(size + 2·padding − kernel) / stride + 1`, in pixels.
    ///
    /// # Panics
    /// If the stride is 0 or the kernel does not fit into the padded image.
    pub fn conv_size(&self, size: usize, kernel: usize) -> usize {
        let padded = size + 2 * self.padding;
        assert!(self.stride > 0, "a convolution's stride must be at least 1");
        assert!(
            padded >= kernel,
            "a {kernel}-pixel kernel does not fit into {size} pixels with padding {}",
            self.padding
        );
        (padded - kernel) / self.stride + 1
    }

    /// Side of a transposed convolution's output, `(size − 1)·stride + kernel − 2·padding`, in
    /// pixels.
    ///
    /// # Panics
    /// If the stride is 0 or the padding removes the whole output.
    pub fn conv_transpose_size(&self, size: usize, kernel: usize) -> usize {
        assert!(self.stride > 0, "a convolution's stride must be at least 1");
        let full = size.saturating_sub(1) * self.stride + kernel;
        assert!(
            size > 0 && full > 2 * self.padding,
            "padding {} leaves nothing of a transposed convolution of {size} pixels",
            self.padding
        );
        full - 2 * self.padding
    }
}

/// All sizes of one convolution; see the module's documentation for *large* and *small*.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ConvShape {
    pub batch: usize,
    pub large: Side,
    pub small: Side,
    pub kernel: usize,
    pub geometry: ConvGeometry,
}

/// Channels, height and width of one image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Side {
    pub channels: usize,
    pub height: usize,
    pub width: usize,
}

impl Side {
    /// Pixels of one channel.
    pub fn area(&self) -> usize {
        self.height * self.width
    }

    /// Values of one image.
    pub fn len(&self) -> usize {
        self.channels * self.area()
    }
}

impl ConvShape {
    /// The shape of `conv2d` with input `[n, c, h, w]` and weight `[o, c, k, k]`.
    pub fn of_conv(x: [usize; 4], weight: [usize; 4], geometry: ConvGeometry) -> Self {
        let [batch, channels, height, width] = x;
        let [small_channels, weight_in, kernel, kernel_w] = weight;
        assert_eq!(kernel, kernel_w, "only square kernels are supported");
        assert_eq!(
            channels, weight_in,
            "conv2d: the input has {channels} channels, the weight expects {weight_in}"
        );
        Self {
            batch,
            large: Side { channels, height, width },
            small: Side {
                channels: small_channels,
                height: geometry.conv_size(height, kernel),
                width: geometry.conv_size(width, kernel),
            },
            kernel,
            geometry,
        }
    }

    /// The shape of `conv_transpose2d` with input `[n, i, h, w]` and weight `[i, o, k, k]`.
    pub fn of_conv_transpose(x: [usize; 4], weight: [usize; 4], geometry: ConvGeometry) -> Self {
        let [batch, channels, height, width] = x;
        let [weight_in, large_channels, kernel, kernel_w] = weight;
        assert_eq!(kernel, kernel_w, "only square kernels are supported");
        assert_eq!(
            channels, weight_in,
            "conv_transpose2d: the input has {channels} channels, the weight expects {weight_in}"
        );
        Self {
            batch,
            large: Side {
                channels: large_channels,
                height: geometry.conv_transpose_size(height, kernel),
                width: geometry.conv_transpose_size(width, kernel),
            },
            small: Side { channels, height, width },
            kernel,
            geometry,
        }
    }

    /// The same computation as a 1 × 1 convolution, where the kernel covers the whole large image
    /// exactly.
    ///
    /// That is a plain matrix product (a latent's projection to a first feature map, a
    /// discriminator's logit). Its memory layouts are the same; a bias of the large side must be
    /// repeated for every pixel.
    pub fn flattened(self) -> Self {
        let kernel = self.kernel;
        let whole =
            self.large.height == kernel && self.large.width == kernel && self.geometry.padding == 0;
        if !whole {
            return self;
        }
        Self {
            large: Side { channels: self.large.len(), height: 1, width: 1 },
            kernel: 1,
            geometry: ConvGeometry::new(1, 0),
            ..self
        }
    }

    /// `[batch, channels, height, width]` of the large image.
    pub fn large_dims(&self) -> [usize; 4] {
        [self.batch, self.large.channels, self.large.height, self.large.width]
    }

    /// `[batch, channels, height, width]` of the small image.
    pub fn small_dims(&self) -> [usize; 4] {
        [self.batch, self.small.channels, self.small.height, self.small.width]
    }

    /// `[small channels, large channels, kernel, kernel]`.
    pub fn weight_dims(&self) -> [usize; 4] {
        [self.small.channels, self.large.channels, self.kernel, self.kernel]
    }

    /// Weights between one small channel and all large ones: the depth of the forward product.
    pub fn taps(&self) -> usize {
        self.large.channels * self.kernel * self.kernel
    }
}
