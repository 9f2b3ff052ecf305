//! Addresses that are read, and written again: the contract, case by case.

use super::*;

fn demo(hash: &str) -> (DemoAddress, Vec<String>) {
    let address = parse(hash);
    match address.page {
        Page::Demo(demo) => (*demo, address.problems),
        other => panic!("{hash} leads to {other:?}"),
    }
}

#[test]
fn no_address_is_the_catalogue() {
    for hash in ["", "#", "#/", "/", "#/?theme=dark"] {
        assert_eq!(parse(hash).page, Page::Catalogue, "{hash}");
    }
    assert_eq!(parse("#/?theme=dark").theme, Some(ThemeChoice::Dark));
}

#[test]
fn a_demo_with_its_parameters_is_read() {
    let (address, problems) = demo("#/demo/thread-start-join?threads=5&delay=100&speed=10&autorun=1");
    assert_eq!(problems, [""; 0]);
    assert_eq!(address.demo.id(), "thread-start-join");
    assert_eq!(address.spec.values.integer("threads"), 5);
    assert_eq!(address.spec.values.integer("delay"), 100);
    assert_eq!(address.spec.speed, 10.0);
    assert!(address.autorun);
}

#[test]
fn what_is_written_is_read_again() {
    let mut address = DemoAddress::new(Demo::find("thread-start-join").unwrap());
    assert_eq!(address.write(), "#/demo/thread-start-join?threads=3&delay=400");
    assert_eq!(demo(&address.write()), (address.clone(), vec![]));
    address.spec.speed = 0.5;
    address.panels = Some(vec![Panel::Chart, Panel::Code]);
    assert_eq!(address.write(), "#/demo/thread-start-join?threads=3&delay=400&speed=0.5&panels=chart,code");
    assert_eq!(demo(&address.write()), (address, vec![]));
}

#[test]
fn an_embedded_demo_is_written_as_one() {
    let (address, problems) = demo("#/embed/thread-start-join?threads=5&panels=chart,controls&theme=dark&autorun=1");
    assert_eq!(problems, [""; 0]);
    assert!(address.embedded && address.autorun && address.shows(Panel::Chart) && !address.shows(Panel::Code));
    assert_eq!(address.write(), "#/embed/thread-start-join?threads=5&delay=400&panels=chart,controls");
    assert_eq!(address.whole().write(), "#/demo/thread-start-join?threads=5&delay=400");
    for (hash, embedded) in [("#/embed/nothing", true), ("#/embed", true), ("#/demo/nothing", false), ("#/", false)] {
        assert_eq!(parse(hash).embedded, embedded, "{hash}");
    }
}

#[test]
fn a_bad_value_has_its_sentence_and_cancels_autorun() {
    for (query, sentence) in [
        ("threads=13", "“threads” must be a whole number from 1 to 12, and “13” is not."),
        ("speed=fast", "“speed” must be a number from 0.1 to 10, and “fast” is not."),
        ("speed=11", "“speed” must be a number from 0.1 to 10, and “11” is not."),
        ("autorun=maybe", "“autorun” must be on or off, and “maybe” is not."),
        ("theme=pink", "“theme” must be one of light, dark, auto, and “pink” is not."),
        (
            "panels=chart,cod",
            "“panels” must be a list of code, chart, console, observations, controls, files, with commas between, and \
             “cod” is none.",
        ),
    ] {
        let (address, problems) = demo(&format!("#/demo/thread-start-join?autorun=1&{query}"));
        assert_eq!(problems, [sentence]);
        assert!(!address.autorun, "{query}");
        assert_eq!(address.spec, RunSpec::new(&address.demo.program));
    }
}

#[test]
fn a_parameter_that_the_demo_has_not_is_named() {
    let (_, problems) = demo("#/demo/thread-start-join?treads=3");
    assert_eq!(problems.len(), 1);
    assert!(problems[0].contains("“treads”") && problems[0].contains("“threads”"), "{problems:?}");
}

#[test]
fn an_unknown_demo_comes_with_the_nearest() {
    match parse("#/demo/thread-start-jion").page {
        Page::UnknownDemo { id, nearest } => {
            assert_eq!(id, "thread-start-jion");
            assert_eq!(nearest[0], "thread-start-join");
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn other_addresses_are_unknown() {
    for hash in ["#/nothing", "#main", "#/demo", "#/demo/", "#/embed"] {
        assert!(matches!(parse(hash).page, Page::Unknown { .. }), "{hash}");
    }
}

#[test]
fn percent_signs_are_decoded_and_bad_ones_stay() {
    assert_eq!(decode("a%20b%2Fc", false), "a b/c");
    assert_eq!(decode("1+2", true), "1 2");
    assert_eq!(decode("100%", true), "100%");
    assert_eq!(decode("%zz%4", true), "%zz%4");
    assert_eq!(decode("%C3%A9", true), "é");
    assert_eq!(decode("%FF", true), "\u{fffd}");
    assert_eq!(decode(&encode("50 % of é&=?#"), true), "50 % of é&=?#");
    assert_eq!(demo("#/demo/thread%2Dstart-join?threads=%34").0.spec.values.integer("threads"), 4);
}

#[test]
fn no_demo_has_a_parameter_with_a_reserved_name() {
    for demo in demos::ALL {
        for param in demo.program.params {
            assert!(!RESERVED.contains(&param.name), "{}: {}", demo.id(), param.name);
        }
    }
}

fn write(hash: &str) -> (WriteAddress, Vec<String>) {
    let address = parse(hash);
    match address.page {
        Page::Write(write) => (*write, address.problems),
        other => panic!("{hash} leads to {other:?}"),
    }
}

#[test]
fn a_program_of_ones_own_is_read_and_written() {
    assert_eq!(write("#/write"), (WriteAddress::default(), vec![]));
    assert_eq!(WriteAddress::default().write(), "#/write?gil=on");
    for hash in ["#/write?code=aGk-_w&gil=off&speed=2", "#/embed/write?demo=rlock&gil=on&panels=code,chart"] {
        let (address, problems) = write(hash);
        assert_eq!((address.write().as_str(), problems), (hash, vec![]));
    }
    let (address, problems) = write("#/embed/write?code=aGk&gil=off&autorun=1&theme=dark&panels=code");
    assert_eq!(problems, [""; 0]);
    assert!(address.embedded && address.autorun && !address.gil && !address.shows(Panel::Chart));
    assert_eq!(address.whole().write(), "#/write?code=aGk&gil=off");
}

#[test]
fn what_is_wrong_with_a_link_to_a_program_is_said_and_it_does_not_run() {
    let long = format!("code={}", "A".repeat(LONGEST_CODE + 1));
    for (query, sentence) in [
        (&*long, "The program in this link is too long: 33 KB packed, and 32 KB is the most."),
        ("gil=maybe", "“gil” must be on or off, and “maybe” is not."),
        ("threads=3", "The page “Write your own” has no parameter “threads”."),
    ] {
        let (address, problems) = write(&format!("#/embed/write?{query}&autorun=1"));
        assert_eq!(problems, [sentence]);
        assert_eq!((address.brought, address.autorun), (Brought::Own, false));
    }
    let (address, problems) = write("#/write?demo=rlok");
    assert!(problems[0].starts_with("No demo called “rlok”. The nearest: rlock"), "{problems:?}");
    assert_eq!(address.brought, Brought::Own);
}
