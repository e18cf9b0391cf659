//! The schema as text, its descriptions, and the committed operations against both.

use std::sync::Arc;
use std::{fs, path::PathBuf};

use async_graphql::extensions::{Extension, ExtensionContext, ExtensionFactory, NextExecute};
use async_graphql::parser::{parse_query, parse_schema, types as ast};
use async_graphql::{Request, Response, Schema, Variables, async_trait};
use serde_json::{Map, Value as Json, json};
use zhengming::graphql::limits::CostCap;
use zhengming::graphql::mutation::Mutation;
use zhengming::graphql::query::Query;
use zhengming::graphql::schema::{limits, sdl};
use zhengming::graphql::subscription::Subscription;

fn folder() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../graphql"))
}

/// Name and text of every committed operation.
fn operations() -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = fs::read_dir(folder().join("operations"))
        .expect("the folder of operations")
        .map(|entry| {
            let path = entry.expect("entry").path();
            let name = path.file_stem().expect("name").to_string_lossy().into_owned();
            (name, fs::read_to_string(path).expect("text"))
        })
        .collect();
    found.sort();
    found
}

#[test]
fn the_committed_schema_is_the_one_that_is_served() {
    let file = folder().join("schema.graphql");
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&file, sdl()).expect("write");
    }
    let committed = fs::read_to_string(&file).unwrap_or_default();
    assert!(
        committed == sdl(),
        "graphql/schema.graphql differs: run this test with UPDATE=1 and commit the file"
    );
}

#[test]
fn everything_in_the_schema_is_described() {
    let text = sdl();
    let document = parse_schema(&text).expect("the schema parses");
    let mut bare = Vec::new();
    let mut checked = 0;
    let mut check = |name: String, described: bool| {
        checked += 1;
        if !described {
            bare.push(name);
        }
    };
    let fields = |owner: &str,
                  fields: &[async_graphql::Positioned<ast::FieldDefinition>],
                  check: &mut dyn FnMut(String, bool)| {
        for field in fields {
            let name = format!("{owner}.{}", field.node.name.node);
            check(name.clone(), field.node.description.is_some());
            for argument in &field.node.arguments {
                check(
                    format!("{name}({})", argument.node.name.node),
                    argument.node.description.is_some(),
                );
            }
        }
    };
    for definition in &document.definitions {
        let ast::TypeSystemDefinition::Type(definition) = definition else {
            continue;
        };
        let name = definition.node.name.node.to_string();
        check(name.clone(), definition.node.description.is_some());
        match &definition.node.kind {
            ast::TypeKind::Object(object) => fields(&name, &object.fields, &mut check),
            ast::TypeKind::Interface(interface) => fields(&name, &interface.fields, &mut check),
            ast::TypeKind::InputObject(input) => {
                for field in &input.fields {
                    check(
                        format!("{name}.{}", field.node.name.node),
                        field.node.description.is_some(),
                    );
                }
            }
            ast::TypeKind::Enum(values) => {
                for value in &values.values {
                    check(
                        format!("{name}.{}", value.node.value.node),
                        value.node.description.is_some(),
                    );
                }
            }
            ast::TypeKind::Scalar | ast::TypeKind::Union(_) => {}
        }
    }
    assert!(checked > 200, "only {checked} things were found");
    assert_eq!(bare, Vec::<String>::new());
}

#[test]
fn no_type_but_the_payload_of_a_disclosure_speaks_of_an_identity() {
    let text = sdl();
    let document = parse_schema(&text).expect("the schema parses");
    let mut owners = Vec::new();
    for definition in &document.definitions {
        let ast::TypeSystemDefinition::Type(definition) = definition else {
            continue;
        };
        let ast::TypeKind::Object(object) = &definition.node.kind else {
            continue;
        };
        let named = object.fields.iter().any(|field| {
            let name = field.node.name.node.to_lowercase();
            ["identity", "filer", "reporter", "complainant", "phone", "mail"]
                .iter()
                .any(|word| name == *word)
        });
        if named {
            owners.push(definition.node.name.node.to_string());
        }
    }
    assert_eq!(owners, ["DiscloseIdentityPayload"]);
}

#[test]
fn mutations_take_one_input_and_answer_a_payload_with_user_errors() {
    let text = sdl();
    let document = parse_schema(&text).expect("the schema parses");
    let types: Vec<&ast::TypeDefinition> = document
        .definitions
        .iter()
        .filter_map(|definition| match definition {
            ast::TypeSystemDefinition::Type(definition) => Some(&definition.node),
            _ => None,
        })
        .collect();
    let object = |name: &str| {
        let found = types.iter().find(|definition| definition.name.node == name)?;
        match &found.kind {
            ast::TypeKind::Object(object) => Some(object),
            _ => None,
        }
    };
    let mutations = &object("Mutation").expect("mutations").fields;
    assert!(mutations.len() >= 6);
    for mutation in mutations {
        let name = mutation.node.name.node.to_string();
        let mut letters = name.chars();
        let capital: String = letters
            .next()
            .map(|first| first.to_ascii_uppercase())
            .into_iter()
            .chain(letters)
            .collect();
        let arguments: Vec<String> = mutation
            .node
            .arguments
            .iter()
            .map(|argument| format!("{}: {}", argument.node.name.node, argument.node.ty.node))
            .collect();
        assert_eq!(arguments, [format!("input: {capital}Input!")], "{name}");
        assert_eq!(
            mutation.node.ty.node.to_string(),
            format!("{capital}Payload!"),
            "{name}"
        );
        let payload = object(&format!("{capital}Payload")).expect("payload");
        let errors = payload
            .fields
            .iter()
            .find(|field| field.node.name.node == "userErrors")
            .expect("userErrors");
        assert_eq!(errors.node.ty.node.to_string(), "[UserError!]!", "{name}");
        let input = types
            .iter()
            .find(|definition| definition.name.node == format!("{capital}Input").as_str());
        let ast::TypeKind::InputObject(input) = &input.expect("input").kind else {
            panic!("{name} takes no input object")
        };
        assert!(
            input
                .fields
                .iter()
                .any(|field| field.node.name.node == "idempotencyKey"),
            "{name}"
        );
    }
}

/// Answers after validation, before anything is executed.
struct ValidateOnly;

impl ExtensionFactory for ValidateOnly {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(Self)
    }
}

#[async_trait::async_trait]
impl Extension for ValidateOnly {
    async fn execute(&self, _: &ExtensionContext<'_>, _: Option<&str>, _: NextExecute<'_>) -> Response {
        Response::new("valid")
    }
}

/// A value that a variable of this type may have.
fn sample(ty: &str) -> Json {
    match ty.trim_end_matches('!') {
        "Int" => json!(1),
        list if list.starts_with('[') => json!([]),
        input if input.ends_with("Input") => json!({}),
        _ => json!("x"),
    }
}

fn sample_variables(text: &str) -> Variables {
    let document = parse_query(text).expect("the operation parses");
    let (_, operation) = document.operations.iter().next().expect("an operation");
    let given = operation
        .node
        .variable_definitions
        .iter()
        .filter(|definition| definition.node.default_value.is_none());
    let given = given.map(|definition| {
        let ty = definition.node.var_type.node.to_string();
        (definition.node.name.node.to_string(), sample(&ty))
    });
    Variables::from_json(Json::Object(given.collect::<Map<String, Json>>()))
}

#[tokio::test]
async fn every_committed_operation_fits_the_schema() {
    let schema = Schema::build(Query::default(), Mutation::default(), Subscription)
        .extension(ValidateOnly)
        .finish();
    for (name, text) in operations().into_iter().filter(|(name, _)| name != "caseUpdated") {
        let response = schema.execute(Request::new(&text)).await;
        let told: Vec<&str> = response.errors.iter().map(|error| error.message.as_str()).collect();
        assert_eq!(told, Vec::<&str>::new(), "{name}");
    }
    let wrong = schema.execute("{ case(id: \"x\") { reporter } }").await;
    assert!(!wrong.errors.is_empty(), "validation is not at work");
}

#[test]
fn every_committed_operation_stays_within_the_limits() {
    let limits = limits();
    for (name, text) in operations() {
        let mut request = Request::new(&text).variables(sample_variables(&text));
        // Anonymous callers may send all but the work list.
        let cap = if name == "cases" { 1_000 } else { 200 };
        request.data.insert(CostCap(cap));
        let verdict = limits.admit(&mut request);
        assert!(verdict.is_ok(), "{name}: {verdict:?}");
    }
}

#[test]
fn operations_are_named_as_their_files() {
    for (name, text) in operations() {
        let document = parse_query(&text).expect("the operation parses");
        let (declared, _) = document.operations.iter().next().expect("an operation");
        let declared = declared.expect("a name").to_string();
        assert!(declared.eq_ignore_ascii_case(&name), "{declared} in {name}.graphql");
    }
}

#[test]
fn one_request_carries_one_guess_at_a_receipt_whichever_mutation_takes_it() {
    let (limits, text) = (limits(), sdl());
    let inputs = text.split("\ninput ").skip(1);
    let with_receipt: Vec<String> = inputs
        .filter_map(|input| {
            let (name, rest) = input.split_once("Input {")?;
            let (fields, _) = rest.split_once("\n}")?;
            let (first, others) = name.split_at(1);
            let takes = fields.contains("\treceipt: ReceiptInput");
            takes.then(|| format!("{}{others}", first.to_lowercase()))
        })
        .collect();
    assert!(with_receipt.len() > 3, "{with_receipt:?}");
    for mutation in with_receipt {
        assert!(limits.once_per_request.contains(&mutation), "{mutation}");
    }
}
