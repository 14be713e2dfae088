//! The types that a parameter accepts, as bits, so that checking an argument is one operation.

use super::Parameter;
use crate::value::{End, Lazy, ResourceKind, Value};

/// A set of types as bits, and the kinds of the handles in it.
#[derive(Clone, Debug, Default)]
pub(super) struct TypeSet {
    pub(super) bits: u32,
    handles: Vec<ResourceKind>,
}

impl TypeSet {
    pub(super) fn of(parameter: &Parameter) -> TypeSet {
        let mut set = TypeSet::default();
        parameter.types.iter().for_each(|&written| set.add(written));
        if matches!(parameter.default, Some(Value::Null)) {
            set.bits |= NULL;
        }
        set
    }

    fn add(&mut self, written: &'static str) {
        self.bits |= match written {
            "any" => u32::MAX,
            "null" => NULL,
            "bool" => BOOL,
            "int" => INT,
            "float" => FLOAT,
            "num" => INT | FLOAT,
            "string" => TEXT,
            "bytes" => BYTES,
            "array" => ARRAY,
            "dict" => DICT,
            "set" => SET,
            "queue" => QUEUE,
            "stack" => STACK,
            "function" => FUNCTION,
            "error" => ERROR,
            "result" => RESULT,
            "option" => OPTION,
            "seq" => {
                self.handles.extend(["channel", "generator", "iterator"].map(ResourceKind::of));
                ARRAY | TEXT | BYTES | DICT | SET | QUEUE | STACK
            }
            handle => {
                self.handles.push(ResourceKind::of(handle));
                0
            }
        };
    }

    /// Whether a value is of one of the types, as it is.
    pub(super) fn admits(&self, value: &Value) -> bool {
        self.bits & bit(value) != 0 || self.names_handle(value)
    }

    /// Whether it names types that are no handles.
    pub(super) fn admits_values(&self) -> bool {
        self.bits != 0
    }

    /// The kinds of handles that are named.
    pub(super) fn kinds(&self) -> &[ResourceKind] {
        &self.handles
    }

    /// Whether the value is a handle whose type is named (`any` names none).
    pub(super) fn names_handle(&self, value: &Value) -> bool {
        match value {
            Value::Handle(handle) => self.handles.contains(&handle.kind()),
            Value::Generator(_, lazy) => self.handles.contains(&ResourceKind::of(lazy.type_name())),
            _ => false,
        }
    }

    /// Whether generators are accepted as sequences.
    pub(super) fn has_generator(&self) -> bool {
        self.handles.contains(&ResourceKind::of(Lazy::Generator.type_name()))
    }

    /// Whether ints are accepted.
    pub(super) fn has_int(&self) -> bool {
        self.bits & INT != 0
    }

    /// Whether floats are accepted.
    pub(super) fn has_float(&self) -> bool {
        self.bits & FLOAT != 0
    }
}

const NULL: u32 = 1 << 0;
const BOOL: u32 = 1 << 1;
const INT: u32 = 1 << 2;
const FLOAT: u32 = 1 << 3;
const TEXT: u32 = 1 << 4;
const BYTES: u32 = 1 << 5;
const ARRAY: u32 = 1 << 6;
const DICT: u32 = 1 << 7;
const SET: u32 = 1 << 8;
const FUNCTION: u32 = 1 << 9;
const ERROR: u32 = 1 << 10;
const RESULT: u32 = 1 << 11;
const OPTION: u32 = 1 << 12;
const QUEUE: u32 = 1 << 13;
const STACK: u32 = 1 << 14;
/// Everything that only `any` accepts.
const OTHER: u32 = 1 << 31;

fn bit(value: &Value) -> u32 {
    match value {
        Value::Null => NULL,
        Value::Bool(_) => BOOL,
        Value::Int(_) => INT,
        Value::Float(_) => FLOAT,
        Value::Text(_) => TEXT,
        Value::Bytes(_) => BYTES,
        Value::Array(_) => ARRAY,
        Value::Dict(_) => DICT,
        Value::Set(_) => SET,
        Value::Deque(body) => match body.end() {
            End::Front => QUEUE,
            End::Back => STACK,
        },
        Value::Error(_) => ERROR,
        Value::Ok(_) | Value::Err(_) => RESULT,
        Value::Some(_) | Value::None => OPTION,
        value if value.is_callable() => FUNCTION,
        _ => OTHER,
    }
}
