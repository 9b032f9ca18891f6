# What CI does, and what one does by hand; each recipe is a line of .ci/run or calls it.

default: test

# the whole of CI
ci:
    bash .ci/run

test:
    cargo test --workspace

# threads of the production code under an explorer of interleavings
interleavings:
    cargo test -p complus-sync --features shuttle --test interleavings
    cargo test -p complus-runtime --features shuttle --test interleavings

# what is free of locks under a model checker of memory orderings
orderings:
    cargo test -p complus-sync --features loom --test orderings

lint:
    cargo fmt --all --check
    cargo clippy --workspace --all-targets -- -D warnings

# the truth tables in docs/tables, from the rules
tables:
    cargo complus table --all --format markdown -o docs/tables

doc:
    RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps

# floors, peers and complus in one run, and the table of ratios
bench:
    cargo bench -p complus-benches
    python3 benches/table.py

# instructions, under valgrind; needs `cargo install gungraun-runner`
instructions:
    cargo bench -p complus-benches --bench instructions

# a fuzz target, from the repository's own files
fuzz TARGET="catalog" SECONDS="600":
    fuzz/run {{TARGET}} {{SECONDS}}

run SCENARIO="scenarios/funds-transfer.kdl":
    cargo complus run {{SCENARIO}}
