#pragma once
// The pieces of which pages are made, after the GOV.UK Design System (structure and class names,
// not its marks or colours). Each writes complete, accessible HTML that works without JavaScript.
// Texts are given in the page's language; ids are chosen by the programmer or made by field_id().
#include <concepts>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/core.hpp"
#include "page/html.hpp"

namespace minben::page {

// ------------------------------------------------------------------------------- navigation

struct Link {
  std::string text;
  Url url;
};

void link(Writer& page, std::string_view text, const Url& url);
/// Opens in the same tab; `rel="noopener noreferrer"` and a text mark for another site.
void outside_link(Writer& page, Language language, std::string_view text, const Url& url);
void back_link(Writer& page, std::string_view text, const Url& url);
/// The last entry is the current page and is not a link.
void breadcrumbs(Writer& page, Language language, std::span<const Link> links);

struct Pagination {
  int current = 1;            ///< 1-based
  int count = 1;              ///< pages in all; nothing is written for 1
  std::string name = "page";  ///< the query parameter
};
void pagination(Writer& page, Language language, const Pagination& pages, const Url& base);

// ------------------------------------------------------------------------------------- text

enum class Size { s, m, l, xl };
void heading(Writer& page, int level, std::string_view text, Size size = Size::m);
void paragraph(Writer& page, std::string_view text);
void hint(Writer& page, std::string_view text);
void inset_text(Writer& page, Content content);
void warning_text(Writer& page, Language language, std::string_view text);
void details(Writer& page, std::string_view summary, Content content);
void panel(Writer& page, std::string_view title, Content content);  ///< its title is the page's h1

enum class Tone { neutral, good, bad, warn, info, waiting };
/// A short state. Tone adds colour to the words, never replaces them.
void tag(Writer& page, std::string_view text, Tone tone = Tone::neutral);

enum class Notice { info, success };
void notification_banner(Writer& page, Language language, Notice kind, Content content);

// ------------------------------------------------------------------------------------- forms

/// "employment/salary" or "passport.number" as an id: letters, digits, "-" and "_" stay.
std::string field_id(std::string_view name);

/// What is shown above the control. `error` comes in words; an empty one means there is none.
struct Field {
  std::string name;   ///< of the control; its id is field_id(name)
  std::string label;  ///< or the legend
  std::string hint;
  std::string error;
  bool is_heading = false;  ///< the label is the page's h1 (one question per page)
};

struct ErrorLine {
  std::string field;  ///< name of the control; empty: not about one control
  std::string text;
};
/// Nothing when there are no errors. First thing in main; each line leads to its control.
void error_summary(Writer& page, Language language, std::span<const ErrorLine> errors);

enum class ButtonStyle { primary, secondary, warning };
struct Button {
  std::string text;
  ButtonStyle style = ButtonStyle::primary;
  std::string name = {};  ///< with value, when a form has several buttons
  std::string value = {};
  std::optional<Url> sends_to = {};  ///< formaction, when not the form's own
  std::string about = {};            ///< read to screen readers after `text`
  bool once = true;  ///< a second press within a second does nothing (where script runs)
};
void button(Writer& page, const Button& button);
void button(Writer& page, std::string_view text);  ///< primary
void link_button(Writer& page, std::string_view text, const Url& url,
                 ButtonStyle style = ButtonStyle::primary);
void start_button(Writer& page, std::string_view text, const Url& url);
void button_group(Writer& page, Content content);

enum class Width { full, two_thirds, half, third, w20, w10, w5, w4, w3, w2 };
struct TextInput {
  std::string value = {};
  std::string type = "text";      ///< text, email, tel, search, password
  std::string autocomplete = {};  ///< WCAG 1.3.5: "name", "email", "one-time-code" …
  std::string inputmode = {};     ///< "numeric", "decimal" …
  std::string prefix = {};        ///< "NT$"
  std::string suffix = {};
  Width width = Width::full;
  bool spellcheck = true;
};
void text_input(Writer& page, const Field& field, const TextInput& input);

struct TextArea {
  std::string value = {};
  int rows = 5;
  int max_characters = 0;  ///< 0: not limited; otherwise a hint, counted down where script runs
};
void textarea(Writer& page, Language language, const Field& field, const TextArea& area);

struct Choice {
  std::string value;
  std::string label;
  std::string hint = {};
  bool chosen = false;
};
void radios(Writer& page, const Field& field, std::span<const Choice> choices,
            bool in_a_row = false);
void checkboxes(Writer& page, const Field& field, std::span<const Choice> choices);
/// One box that is ticked or not, e.g. a declaration; value "yes".
void checkbox(Writer& page, const Field& field, bool ticked);
void select(Writer& page, const Field& field, std::span<const Choice> choices);

/// As typed, so that a wrong date comes back as it was.
struct DateParts {
  std::string year = {};
  std::string month = {};
  std::string day = {};
  bool birthday = false;  ///< autocomplete "bday-year" … (WCAG 1.3.5)
};
/// Controls "<name>.year", "<name>.month", "<name>.day", in that order (years of the common era).
void date_input(Writer& page, Language language, const Field& field, const DateParts& parts);

struct FileUpload {
  std::string accept = {};  ///< "application/pdf,image/jpeg"
  std::size_t max_bytes = 0;
  std::string kept = {};  ///< name of the file that is already there
};
void file_upload(Writer& page, Language language, const Field& field, const FileUpload& upload);

void fieldset(Writer& page, std::string_view legend, Size size, bool is_heading, Content content);
void hidden(Writer& page, std::string_view name, std::string_view value);

// -------------------------------------------------------------------------- lists and tables

/// Rows are written by `rows` with summary_row.
void summary_list(Writer& page, Content rows);
struct Action {
  std::string text;
  std::string about;  ///< read to screen readers after `text`: "Change <name>"
  Url url;
};
void summary_row(Writer& page, std::string_view key, std::string_view value,
                 std::span<const Action> actions = {});
void summary_row(Writer& page, std::string_view key, Content value,
                 std::span<const Action> actions = {});

struct Column {
  std::string title;
  bool numeric = false;
  bool self_evident = false;  ///< on a card its cells need no title beside them
};
struct TableStyle {
  bool caption_hidden =
      false;            ///< there for screen readers only, e.g. below a heading that says the same
  bool stacks = false;  ///< on narrow screens rows become cards instead of scrolling sideways
};
/// Rows are written by `rows` with row(cell…), or stacked_row when it stacks. Scrolls inside its
/// own region on narrow screens.
void table(Writer& page, std::string_view caption, std::span<const Column> columns, Content rows,
           TableStyle style = {});
void row(Writer& page, Content cells);
void cell(Writer& page, std::string_view text, bool numeric = false);
void cell(Writer& page, Content content, bool numeric = false);
void head_cell(Writer& page, std::string_view text);  ///< row header

/// The cells of one row of a table that stacks, in the order of its columns. On a card each shows
/// its column's title, for the eye alone: to screen readers it is a cell of a table, which the
/// roles say because some browsers forget it when a table is laid out as blocks.
class Cells {
 public:
  Cells(Writer& page, std::span<const Column> columns) : page_(page), columns_(columns) {}
  void head(Content content);  ///< the row's header
  void add(Content content);
  void add(std::string_view text);

 private:
  void begin(bool head);
  Writer& page_;
  std::span<const Column> columns_;
  std::size_t next_ = 0;
};
template <std::invocable<Cells&> F>
void stacked_row(Writer& page, std::span<const Column> columns, F&& cells) {
  page << "<tr class=\"govuk-table__row\" role=\"row\">";
  Cells row(page, columns);
  cells(row);
  page << "</tr>";
}

void task_list(Writer& page, Content tasks);
struct Task {
  std::string id;  ///< unique on the page
  std::string title;
  std::string hint = {};
  std::optional<Url> url = {};  ///< none: cannot be started yet
  std::string state;
  Tone tone = Tone::neutral;
};
void task(Writer& page, const Task& task);

struct Tab {
  std::string id;
  std::string label;
  Content content;
};
/// Tabs where script runs; otherwise a list of contents and all sections.
void tabs(Writer& page, std::string_view title, std::initializer_list<Tab> tabs);

enum class Progress { done, current, ahead };
/// What happened, oldest or newest first as the caller decides; written with timeline_item.
void timeline(Writer& page, Content items);
struct TimelineItem {
  std::string title;
  std::string time;               ///< in words
  std::string machine_time = {};  ///< RFC 3339, for <time datetime>
  std::string by = {};            ///< who did it
  Progress progress = Progress::done;
};
void timeline_item(Writer& page, const TimelineItem& item, Content more = {});

struct Step {
  std::string title;
  std::string detail = {};
  Progress progress = Progress::ahead;
};
/// Where one stands in a fixed order of steps.
void progress_steps(Writer& page, Language language, std::string_view label,
                    std::span<const Step> steps);

}  // namespace minben::page
