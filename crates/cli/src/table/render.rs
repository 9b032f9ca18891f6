//! A table as text, Markdown, CSV or JSON. Every form ends with one line break.

use super::Table;

/// How a table is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Format {
    /// Aligned columns under title and section.
    #[default]
    Text,
    /// A heading and a pipe table.
    Markdown,
    /// The columns' heads, then one record per row; no title.
    Csv,
    /// One object in one line: name, title, section, columns, rows.
    Json,
}

impl Table {
    /// The table, written in `format`.
    pub(crate) fn render(&self, format: Format) -> String {
        match format {
            Format::Text => self.text(),
            Format::Markdown => self.markdown(),
            Format::Csv => self.csv(),
            Format::Json => self.json(),
        }
    }

    fn text(&self) -> String {
        let widths = widths(&self.columns, &self.rows);
        let rule: Vec<String> = widths.iter().map(|width| "-".repeat(*width)).collect();
        let lines = [&self.columns, &rule].into_iter().chain(&self.rows);
        let lines = lines.map(|cells| pad(cells, &widths).join("  ").trim_end().to_owned() + "\n");
        format!("{} ({})\n\n{}", self.title, self.section, lines.collect::<String>())
    }

    fn markdown(&self) -> String {
        let escape = |cells: &Vec<String>| cells.iter().map(|cell| cell.replace('|', "\\|")).collect();
        let columns: Vec<String> = escape(&self.columns);
        let rows: Vec<Vec<String>> = self.rows.iter().map(escape).collect();
        let widths = widths(&columns, &rows);
        let rule = widths.iter().map(|width| "-".repeat(*width)).collect();
        let lines = [&columns, &rule].into_iter().chain(&rows);
        let lines = lines.map(|cells| format!("| {} |\n", pad(cells, &widths).join(" | ")));
        format!("## {} ({})\n\n{}", self.title, self.section, lines.collect::<String>())
    }

    fn csv(&self) -> String {
        let mut writer = csv::Writer::from_writer(Vec::new());
        for cells in [&self.columns].into_iter().chain(&self.rows) {
            writer.write_record(cells).expect("a row is as wide as the head");
        }
        let bytes = writer.into_inner().expect("memory can be written to");
        String::from_utf8(bytes).expect("the cells are UTF-8")
    }

    fn json(&self) -> String {
        serde_json::to_string(self).expect("a table is plain data") + "\n"
    }
}

/// The width of each column, in characters.
fn widths(columns: &[String], rows: &[Vec<String>]) -> Vec<usize> {
    let mut widths = vec![0; columns.len()];
    for cells in [columns].into_iter().chain(rows.iter().map(Vec::as_slice)) {
        for (width, cell) in widths.iter_mut().zip(cells) {
            *width = cell.chars().count().max(*width);
        }
    }
    widths
}

/// The cells, filled up with spaces.
fn pad(cells: &[String], widths: &[usize]) -> Vec<String> {
    cells.iter().zip(widths).map(|(cell, width)| format!("{cell:<width$}")).collect()
}

#[cfg(test)]
mod tests {
    use super::{super::*, *};

    fn sample() -> Table {
        Table {
            name: "sample",
            title: "What comes of it",
            section: "SWC 0",
            columns: vec!["caller".into(), "a|b".into()],
            rows: vec![vec!["none".into(), "T, interior".into()], vec!["in \"A\"".into(), "x".into()]],
        }
    }

    #[test]
    fn text_has_title_section_and_aligned_columns() {
        let expected = "\
What comes of it (SWC 0)

caller  a|b
------  -----------
none    T, interior
in \"A\"  x
";
        assert_eq!(sample().render(Format::Text), expected);
    }

    #[test]
    fn markdown_is_a_pipe_table_whose_cells_hold_no_bare_pipe() {
        let expected = "\
## What comes of it (SWC 0)

| caller | a\\|b        |
| ------ | ----------- |
| none   | T, interior |
| in \"A\" | x           |
";
        assert_eq!(sample().render(Format::Markdown), expected);
    }

    #[test]
    fn csv_parses_back_to_the_same_cells() {
        for table in names().into_iter().filter_map(find).chain([sample()]) {
            let text = table.render(Format::Csv);
            let mut reader = csv::Reader::from_reader(text.as_bytes());
            assert_eq!(reader.headers().unwrap().iter().collect::<Vec<_>>(), table.columns, "{}", table.name);
            let rows: Vec<Vec<String>> = reader.deserialize().map(Result::unwrap).collect();
            assert_eq!(rows, table.rows, "{}", table.name);
        }
    }

    #[test]
    fn json_is_one_line_with_five_members_in_a_fixed_order() {
        let expected = concat!(
            r#"{"name":"sample","title":"What comes of it","section":"SWC 0","columns":["caller","a|b"],"#,
            r#""rows":[["none","T, interior"],["in \"A\"","x"]]}"#,
            "\n"
        );
        assert_eq!(sample().render(Format::Json), expected);
        for table in names().into_iter().filter_map(find) {
            let json: serde_json::Value = serde_json::from_str(&table.render(Format::Json)).unwrap();
            assert_eq!(json["rows"].as_array().unwrap().len(), table.rows.len(), "{}", table.name);
        }
    }

    #[test]
    fn every_form_of_every_table_ends_with_one_line_break() {
        for table in names().into_iter().filter_map(find) {
            for format in [Format::Text, Format::Markdown, Format::Csv, Format::Json] {
                let text = table.render(format);
                assert!(text.ends_with('\n') && !text.ends_with("\n\n"), "{} {format:?}", table.name);
            }
        }
    }
}
