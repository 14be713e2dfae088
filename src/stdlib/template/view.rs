//! Ruff values as templates see them: arrays, dicts and structs are read in place, not copied.
//!
//! Invariant: what is nested deeper than `DEEPEST` levels reads as an error, so that no template follows a deep value until
//! Rust's stack ends.

use std::sync::Arc;

use minijinja::value::{Enumerator, Object, ObjectRepr, ValueKind};
use minijinja::{Error, ErrorKind, State, Value as View};

use super::calls;
use crate::bytecode::Program;
use crate::value::{Counted, Dict, EnumValue, Key, KeyRef, Set, StructValue, Value};

const DEEPEST: usize = 128;

/// The names of fields and variants, which views need and which a program only lends.
#[derive(Debug, Default)]
pub(super) struct TypeNames {
    structs: Vec<Vec<String>>,
    enums: Vec<(String, Vec<String>)>,
}

impl TypeNames {
    pub(super) fn of(program: &Program) -> TypeNames {
        let fields = |def: &crate::bytecode::StructDef| {
            def.fields.iter().map(|field| program.symbol(field.name).to_owned()).collect()
        };
        let variants = |def: &crate::bytecode::EnumDef| {
            (def.name.to_string(), def.variants.iter().map(|variant| variant.name.to_string()).collect())
        };
        TypeNames {
            structs: program.structs.iter().map(fields).collect(),
            enums: program.enums.iter().map(variants).collect(),
        }
    }
}

/// A dict as a template's variables.
pub(super) fn of_dict(dict: Counted<Dict>, names: &Arc<TypeNames>) -> View {
    view(&Value::Dict(dict), names, 0)
}

/// What variables hold, nested values included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Extent {
    /// No more values than were asked for, and none whose type has a name.
    FewUnnamed,
    /// No more values than were asked for.
    Few,
    /// More.
    Many,
}

/// Whether a dict holds no more than `most` values.
pub(super) fn extent(dict: &Counted<Dict>, most: usize) -> Extent {
    let mut open: Vec<&Value> = Vec::with_capacity(64);
    open.extend(dict.iter().map(|(_, value)| value));
    let (mut seen, mut extent) = (0, Extent::FewUnnamed);
    while let Some(value) = open.pop() {
        seen += 1;
        if seen + open.len() > most {
            return Extent::Many;
        }
        match value {
            Value::Array(items) if items.len() <= most => open.extend(items.iter()),
            Value::Dict(dict) if dict.len() <= most => open.extend(dict.iter().map(|(_, value)| value)),
            Value::Array(_) | Value::Dict(_) => return Extent::Many,
            Value::Struct(body) => {
                extent = Extent::Few;
                open.extend(&body.fields);
            }
            Value::Null | Value::Bool(_) | Value::Int(_) | Value::Float(_) | Value::Text(_) => {}
            // It may hold such values, or give them if it is called.
            _ => extent = Extent::Few,
        }
    }
    extent
}

fn view(value: &Value, names: &Arc<TypeNames>, depth: usize) -> View {
    let inside = || Inside { names: names.clone(), depth: depth + 1 };
    match value {
        _ if depth > DEEPEST => too_deep(),
        Value::Null | Value::None | Value::Unset | Value::Cell(_) | Value::Suspended(_) | Value::Scope(_) => {
            View::from(())
        }
        Value::Bool(truth) => View::from(*truth),
        Value::Int(number) => View::from(*number),
        Value::Float(number) => View::from(*number),
        Value::Text(text) => View::from(text.as_str()),
        Value::Bytes(bytes) => View::from_bytes(bytes.to_vec()),
        Value::Some(inner) | Value::Ok(inner) => view(inner, names, depth + 1),
        Value::Array(items) => View::from_object(ArrayView(items.clone(), inside())),
        Value::Set(items) => View::from_object(SetView(items.clone(), inside())),
        Value::Deque(items) => {
            View::from_object(ArrayView(Counted::new(items.iter().cloned().collect()), inside()))
        }
        Value::Dict(dict) => View::from_object(DictView(dict.clone(), inside())),
        Value::Struct(body) => View::from_object(StructView(body.clone(), inside())),
        Value::Enum(body) => View::from(enum_text(body, names, depth)),
        Value::Err(inner) => View::from(format!("Err({})", view(inner, names, depth + 1))),
        Value::Error(fault) => {
            View::from(format!("{}: {}", fault.body().kind.as_str(), fault.body().message.as_str()))
        }
        Value::Handle(handle) => View::from(handle.resource().text()),
        Value::Generator(_, lazy) => View::from(format!("<{}>", lazy.type_name())),
        Value::Module(_) => View::from("<module>"),
        Value::Function(_)
        | Value::Closure(_)
        | Value::Native(_)
        | Value::Bound(_)
        | Value::Constructor(_) => View::from_object(FunctionView(value.clone(), inside())),
    }
}

fn too_deep() -> View {
    View::from(Error::new(ErrorKind::InvalidOperation, format!("nested deeper than {DEEPEST} levels")))
}

fn enum_text(body: &EnumValue, names: &Arc<TypeNames>, depth: usize) -> String {
    let (name, variants) = &names.enums[body.id.index()];
    let variant = &variants[usize::from(body.variant)];
    if body.payload.is_empty() {
        return format!("{name}::{variant}");
    }
    let payload: Vec<String> =
        body.payload.iter().map(|value| view(value, names, depth + 1).to_string()).collect();
    format!("{name}::{variant}({})", payload.join(", "))
}

/// What a view hands on to the views of its parts.
#[derive(Debug)]
pub(super) struct Inside {
    names: Arc<TypeNames>,
    depth: usize,
}

impl Inside {
    pub(super) fn view(&self, value: &Value) -> View {
        view(value, &self.names, self.depth)
    }
}

#[derive(Debug)]
struct ArrayView(Counted<Vec<Value>>, Inside);

impl Object for ArrayView {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Seq
    }

    fn get_value(self: &Arc<Self>, key: &View) -> Option<View> {
        self.0.get(key.as_usize()?).map(|item| self.1.view(item))
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Seq(self.0.len())
    }
}

#[derive(Debug)]
struct SetView(Counted<Set>, Inside);

impl Object for SetView {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Seq
    }

    fn get_value(self: &Arc<Self>, key: &View) -> Option<View> {
        self.0.at(key.as_usize()?).map(|item| self.1.view(item))
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Seq(self.0.len())
    }
}

#[derive(Debug)]
struct DictView(Counted<Dict>, Inside);

impl Object for DictView {
    fn get_value(self: &Arc<Self>, key: &View) -> Option<View> {
        let found = match key.as_str() {
            Some(text) => self.0.get(KeyRef::Text(text)),
            None => key.as_i64().and_then(|number| self.0.get(KeyRef::Int(number))),
        };
        found.map(|value| self.1.view(value))
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        let key = |key: &Key| match key {
            Key::Int(number) => View::from(*number),
            Key::Text(text) => View::from(text.as_str()),
        };
        Enumerator::Values(self.0.iter().map(|(name, _)| key(name)).collect())
    }

    fn enumerator_len(self: &Arc<Self>) -> Option<usize> {
        Some(self.0.len())
    }
}

#[derive(Debug)]
struct StructView(Counted<StructValue>, Inside);

impl StructView {
    fn fields(&self) -> &[String] {
        &self.1.names.structs[self.0.id.index()]
    }
}

impl Object for StructView {
    fn get_value(self: &Arc<Self>, key: &View) -> Option<View> {
        let at = self.fields().iter().position(|name| Some(name.as_str()) == key.as_str())?;
        self.0.fields.get(at).map(|value| self.1.view(value))
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Values(self.fields().iter().map(|name| View::from(name.as_str())).collect())
    }
}

/// A function among the variables.
#[derive(Debug)]
struct FunctionView(Value, Inside);

impl Object for FunctionView {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn call(self: &Arc<Self>, _: &mut State<'_, '_>, args: &[View]) -> Result<View, Error> {
        calls::call(&self.0, args, &self.1)
    }

    fn render(self: &Arc<Self>, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("<function>")
    }
}

/// A template's value as one of ours: what came from a script is what it was.
pub(super) fn to_value(view: &View) -> Value {
    value_at(view, 0)
}

fn value_at(view: &View, depth: usize) -> Value {
    if depth > DEEPEST {
        return Value::Null;
    }
    if let Some(own) = own_value(view) {
        return own;
    }
    match view.kind() {
        ValueKind::Undefined | ValueKind::None => Value::Null,
        ValueKind::Bool => Value::Bool(view.is_true()),
        ValueKind::Number => match view.as_i64().filter(|_| view.is_integer()) {
            Some(number) => Value::Int(number),
            None => Value::Float(f64::try_from(view.clone()).unwrap_or(f64::NAN)),
        },
        ValueKind::Bytes => Value::bytes(view.as_bytes().unwrap_or_default().to_vec()),
        ValueKind::Seq | ValueKind::Iterable => match view.try_iter() {
            Ok(items) => Value::array(items.map(|item| value_at(&item, depth + 1)).collect()),
            Err(_) => Value::Null,
        },
        ValueKind::Map => dict_at(view, depth),
        _ => Value::text(view.as_str().map_or_else(|| view.to_string(), str::to_owned)),
    }
}

fn own_value(view: &View) -> Option<Value> {
    if let Some(ArrayView(items, _)) = view.downcast_object_ref() {
        return Some(Value::Array(items.clone()));
    }
    if let Some(DictView(dict, _)) = view.downcast_object_ref() {
        return Some(Value::Dict(dict.clone()));
    }
    if let Some(SetView(set, _)) = view.downcast_object_ref() {
        return Some(Value::Set(set.clone()));
    }
    if let Some(StructView(body, _)) = view.downcast_object_ref() {
        return Some(Value::Struct(body.clone()));
    }
    view.downcast_object_ref().map(|FunctionView(function, _)| function.clone())
}

fn dict_at(view: &View, depth: usize) -> Value {
    let mut dict = Dict::new();
    for key in view.try_iter().into_iter().flatten() {
        let value = view.get_item(&key).map_or(Value::Null, |value| value_at(&value, depth + 1));
        match key.as_i64().filter(|_| key.is_integer()) {
            Some(number) => dict.insert(Key::Int(number), value),
            None => dict.insert(Key::Text(key.to_string().into()), value),
        };
    }
    Value::dict(dict)
}
