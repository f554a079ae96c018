#pragma once
// Forms are data: one JSON Schema 2020-12 file per form, which validates the whole answer in any
// JSON Schema tool; extension keywords (x-…) add pages and words. docs: forms.md beside this file.
// No HTML here, and no sentences: problems are codes keyed by field, words come at rendering.
#include <expected>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/json.hpp"
#include "core/result.hpp"
#include "core/text.hpp"

namespace minben::forms {

enum class FieldKind {
  text,   ///< string; `multiline` when x-rows says so
  email,  ///< string, format email
  uri,    ///< string, format uri (http or https)
  date,   ///< string, format date; entered as three inputs
  integer,
  number,
  boolean,  ///< yes or no, as two radio buttons
  choice,   ///< enum or const: one of `choices`; as a tick box when there is only one choice
  choices,  ///< array of enum: several of `choices`
  file,     ///< string with x-file: the id of an uploaded document
  group,    ///< object: `fields` inside
  list,     ///< array of objects: `fields` are one item's
};

struct Choice {
  Json value;
  Bilingual label;
  Bilingual hint;  ///< both empty when there is none
};

struct Field {
  std::string name;     ///< property name: [A-Za-z][A-Za-z0-9_]*
  std::string pointer;  ///< JSON pointer in the answers; in a list "/jobs/-/employer"
  FieldKind kind = FieldKind::text;
  Bilingual title, hint;  ///< x-title (required), x-hint
  bool required = false;  ///< always; conditional ones only show when checked
  std::vector<Choice> choices;
  std::vector<Field> fields;  ///< of group and list
  int rows = 1;               ///< x-rows: lines of a text box
  std::optional<std::int64_t> min_length, max_length, min_items, max_items;
  std::string minimum, maximum;  ///< decimal text; for dates ISO days (x-not-before, x-not-after)
  std::vector<std::string> accept;  ///< x-file.accept: media types
  std::uint64_t max_bytes = 0;      ///< x-file.maxBytes
  std::string autocomplete;         ///< x-autocomplete: HTML autofill token (WCAG 1.3.5)
  std::string prefill;              ///< x-prefill: the data item it can be filled from, "ris.name"
  bool republic_years = false;      ///< x-calendar "roc": years below 1000 count from 1912
  std::map<std::string, Bilingual, std::less<>> errors;  ///< x-errors: own words by problem code
};

struct Page {
  std::string id;  ///< [a-z][a-z0-9-]*, the last part of its address
  Bilingual title, hint;
  std::vector<Field> fields;
  bool conditional = false;  ///< shown only when its "if" schema holds for the answers so far
};

/// What is wrong with one field. Codes: required, too_short {min}, too_long {max}, pattern,
/// too_small {min}, too_large {max}, not_a_multiple {of}, not_a_number, not_an_integer, not_a_date,
/// date_incomplete {missing: "day,month,year"}, too_early {min}, too_late {max}, not_an_email,
/// not_a_uri, not_a_choice, too_few {min}, too_many {max}, not_unique, wrong_type, unknown_field,
/// not_accepted (a declaration that was not ticked), not_text (not UTF-8, or control characters).
struct Problem {
  std::string pointer;  ///< JSON pointer into the answers, "/jobs/0/employer"
  std::string input;    ///< name of the first input concerned, "jobs.0.employer" or "birth.day"
  std::string code;
  std::map<std::string, std::string, std::less<>> values;  ///< placeholders of the message

  friend bool operator==(const Problem&, const Problem&) = default;
};
using Problems = std::vector<Problem>;

/// One submitted input: name and value, as many times as sent.
using Input = std::pair<std::string, std::string>;

/// The typed answers of one page, and what could not be read. `inputs` repeats what was typed, so
/// that nothing is lost when the page is shown again.
struct Decoded {
  JsonObject answers;
  Problems problems;
  std::vector<Input> inputs;
};

/// Where a prefilled answer came from.
struct Origin {
  std::string agency;      ///< code of the agency whose register said it
  std::string item;        ///< data item, "ris.name"
  std::string fetched_at;  ///< RFC 3339
  bool changed = false;    ///< the applicant then changed the answer
  friend bool operator==(const Origin&, const Origin&) = default;
};
using Origins = std::map<std::string, Origin, std::less<>>;  ///< by JSON pointer

struct Prefilled {
  JsonObject answers;
  Origins origins;
};

/// One row of "check your answers". Choices appear by label; dates as ISO days, booleans as "true"
/// and "false": the renderer words them by `kind`.
struct SummaryRow {
  std::string page;  ///< id, for the "change" link
  std::string pointer;
  FieldKind kind = FieldKind::text;
  Bilingual title;
  std::vector<Bilingual> values;  ///< empty when not answered
  std::optional<Origin> origin;
};

struct FormData;  ///< private to the room

/// An immutable form. Thread-safe; copies share the data. Functions never throw.
class Form {
 public:
  /// Every fault is listed with the file in Error::field, its line and column, and the JSON pointer
  /// in the detail. Codes: "not_json", "form_unsupported" (a keyword or shape outside forms.md),
  /// "form_reference", "form_pattern", "form_text_missing", "form_page" (a property on no page or
  /// on two, a page naming no property, a field required although its page can be hidden).
  static std::expected<Form, Errors> load(std::string_view json, std::string_view file_name);

  [[nodiscard]] const Bilingual& title() const;
  [[nodiscard]] const std::string& file_name() const;
  [[nodiscard]] const std::vector<Page>& pages() const;
  [[nodiscard]] const Page* page(std::string_view id) const;  ///< nullptr when there is none
  /// By pointer, list indices replaced by "-" ("/jobs/-/employer" also finds "/jobs/0/employer").
  [[nodiscard]] const Field* field(std::string_view pointer) const;

  /// The pages shown for these answers, in order.
  [[nodiscard]] std::vector<const Page*> visible_pages(const JsonObject& answers) const;
  /// The first visible page with a problem; nullptr when the answers are complete and valid.
  [[nodiscard]] const Page* first_incomplete(const JsonObject& answers) const;

  /// Inputs are named like the pointer with dots: "name", "birth.year|month|day" for dates,
  /// "jobs.0.employer" in lists; several inputs of one name for `choices`. White space is trimmed,
  /// full-width digits and letters become ASCII in everything but free text, empty means absent.
  /// Unknown inputs are ignored (they may be a CSRF token).
  [[nodiscard]] Decoded decode(const Page& page, std::span<const Input> inputs) const;
  /// The inputs that show these answers again: the reverse of decode.
  [[nodiscard]] std::vector<Input> encode(const Page& page, const JsonObject& answers) const;

  /// `answers` with the page's fields replaced by `page_answers`, and without the answers of pages
  /// that are hidden then.
  [[nodiscard]] JsonObject merge(const JsonObject& answers, const Page& page,
                                 const JsonObject& page_answers) const;

  /// Problems of the fields of one page, given all answers (conditions may look at other pages).
  [[nodiscard]] Problems validate_page(const Page& page, const JsonObject& answers) const;
  /// The same together with what decode could not read, each field once, in the page's order: what
  /// a page shows after a submission.
  [[nodiscard]] Problems validate_page(const Page& page, const JsonObject& answers,
                                       const Decoded& decoded) const;
  /// The whole schema; also refuses properties that the form does not know.
  [[nodiscard]] Problems validate(const JsonObject& answers) const;

  [[nodiscard]] std::vector<SummaryRow> summary(const JsonObject& answers,
                                                const Origins& origins = {}) const;

  /// Fills empty fields from `items` (data item → value); values that do not fit are left out.
  [[nodiscard]] Prefilled prefill(const JsonObject& answers, const JsonObject& items,
                                  std::string_view agency, std::string_view fetched_at) const;

  explicit Form(std::shared_ptr<const FormData> data) : data_(std::move(data)) {}

 private:
  std::shared_ptr<const FormData> data_;
};

/// The same marks after an edit: `changed` where the answer is no longer what the register said.
Origins keep_origins(const Origins& origins, const JsonObject& before, const JsonObject& after);
Json to_json(const Origins& origins);
Result<Origins> origins_from_json(const Json& json);

}  // namespace minben::forms
