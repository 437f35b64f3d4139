//! Reading and writing the numbers of a Flex tensor.

use burn::backend::flex::FlexTensor;
use burn::tensor::TensorData;

/// A tensor's values in row-major order, copied only if the tensor is a view in another order.
pub(super) struct Values(FlexTensor);

impl Values {
    /// A read-only view.
    pub fn of(tensor: &FlexTensor) -> Self {
        Self(tensor.to_contiguous())
    }

    /// The tensor's own values, to be changed in place if nobody else holds them.
    pub fn owned(tensor: FlexTensor) -> Self {
        if tensor
            .as_slice::<f32>()
            .is_some_and(|values| size_of_val(values) == tensor.bytes().len())
        {
            Self(tensor)
        } else {
            Self(tensor.to_contiguous())
        }
    }

    pub fn get(&self) -> &[f32] {
        self.0
            .as_slice::<f32>()
            .unwrap_or_else(|| panic!("expected contiguous f32 values, got {:?}", self.0))
    }

    /// The values for writing, copied first if they are shared. Only after [`Values::owned`].
    pub fn get_mut(&mut self) -> &mut [f32] {
        self.0.storage_mut::<f32>()
    }

    pub fn into_tensor(self) -> FlexTensor {
        self.0
    }
}

/// A tensor of these values in row-major order.
pub(super) fn tensor<const D: usize>(values: Vec<f32>, dims: [usize; D]) -> FlexTensor {
    FlexTensor::from_data(TensorData::new(values, dims))
}
