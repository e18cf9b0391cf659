//! Plain rows: what the store gives and takes. Entities stay inside.

mod cases;
mod marks;
mod people;
mod work;
mod workflows;

pub use cases::*;
pub use marks::*;
pub use people::*;
pub use work::*;
pub use workflows::*;

/// Rows of models.
pub(super) fn rows_of<M, R: From<M>>(models: Vec<M>) -> Vec<R> {
    models.into_iter().map(R::from).collect()
}

/// Declares a row and its two conversions: each field is named once and has the type that the outside sees.
macro_rules! rows {
    ($($(#[$meta:meta])* pub struct $row:ident from $table:ident { $($(#[$doc:meta])* pub $field:ident: $ty:ty,)* })*) => {$(
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq)]
        pub struct $row { $($(#[$doc])* pub $field: $ty,)* }

        impl From<$table::Model> for $row {
            fn from(model: $table::Model) -> Self {
                Self { $($field: $crate::store::column::Column::load(model.$field),)* }
            }
        }

        impl From<$row> for $table::ActiveModel {
            fn from(row: $row) -> Self {
                Self { $($field: sea_orm::ActiveValue::Set($crate::store::column::Column::store(row.$field)),)* }
            }
        }
    )*};
}
use rows;
