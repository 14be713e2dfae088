//! Type annotations as the machine checks them.

use super::{EnumId, StructId};

/// A type that a value can be checked against.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs, reason = "each is the type of its name")]
pub enum Type {
    Any,
    Null,
    Bool,
    Int,
    Float,
    String,
    Bytes,
    Function,
    Error,
    Promise,
    Channel,
    Generator,
    /// Items are checked too.
    Array(Box<Type>),
    /// Keys and values are checked too.
    Dict(Box<Type>, Box<Type>),
    /// Items are checked too.
    Set(Box<Type>),
    /// `Result<T, E>`.
    Result(Box<Type>, Box<Type>),
    /// `Option<T>`.
    Option(Box<Type>),
    /// `T?`: T or null.
    Optional(Box<Type>),
    Struct(StructId),
    Enum(EnumId),
}

/// A check at one place of a function.
#[derive(Clone, Debug, PartialEq)]
pub struct TypeCheck {
    /// What the value must be.
    pub expected: Type,
    /// The beginning of the message: `add: argument 'b'` in `add: argument 'b' expects int, got string`.
    pub subject: Box<str>,
    /// The type as written.
    pub written: Box<str>,
}
