//! Enums that are stored as a code and shown with a Chinese label.

use thiserror::Error;

/// A code that the vocabulary does not hold: a row problem of the caller,
/// never a default.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("unknown {vocabulary} code {code:?}")]
pub struct UnknownCode {
    /// Name of the enum whose code was asked for.
    pub vocabulary: &'static str,
    /// What was given.
    pub code: String,
}

/// Declares an enum together with the code that tables store and the label
/// that people see. The order of the variants is the order of `Ord`.
macro_rules! coded_enum {
    (
        $(#[$meta:meta])*
        pub enum $name:ident {
            $( $(#[$variant_meta:meta])* $variant:ident = $code:literal, $label:literal; )+
        }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $( $(#[$variant_meta])* $variant, )+
        }

        impl $name {
            /// Every value, in ascending order.
            pub const ALL: &'static [Self] = &[ $( Self::$variant, )+ ];

            /// The code that tables store.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self { $( Self::$variant => $code, )+ }
            }

            /// The Chinese display label.
            #[must_use]
            pub const fn label_zh(self) -> &'static str {
                match self { $( Self::$variant => $label, )+ }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.code())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::code::UnknownCode;

            fn from_str(code: &str) -> Result<Self, Self::Err> {
                match code {
                    $( $code => Ok(Self::$variant), )+
                    _ => Err($crate::code::UnknownCode {
                        vocabulary: stringify!($name),
                        code: code.to_owned(),
                    }),
                }
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.code())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let code = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                code.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

pub(crate) use coded_enum;
