#pragma once
// What the pages for everybody and those of stewards share: words for states, the public course of
// a request or report, and forms that come back with what was wrong.
#include <map>

#include "catalogue/search.hpp"
#include "messages/voices.hpp"
#include "page/page.hpp"
#include "voices/reports.hpp"
#include "voices/requests.hpp"

namespace minben::open {

/// "voices_" + key; "" when there is no such text.
std::string_view voices_text(Language language, std::string_view key);

/// As people call it; the code when it has no name.
std::string publisher_title(const catalogue::Index& index, Language language,
                            const catalogue::PublisherCode& code);
/// All, by their titles, with one to say that none is known; `none` = "" leaves that out.
std::vector<page::Choice> publisher_choices(const catalogue::Index& index, Language language,
                                            std::string_view chosen, std::string_view none);

struct NamedDataset {
  std::string name;
  std::string title;
};
using DatasetNames = std::map<catalogue::DatasetId, NamedDataset>;
Result<DatasetNames> dataset_names(store::Database& database, const catalogue::Catalogue& catalogue,
                                   Language language, std::span<const catalogue::DatasetId> ids);
/// The title, leading to the dataset's page; the id when nobody knows it.
void dataset_link(page::Writer& page, const page::Visit& visit, const DatasetNames& names,
                  const catalogue::DatasetId& id);

/// What was sent in a form, and what was wrong with it.
struct Typed {
  const net::Form* form = nullptr;
  std::vector<page::ErrorLine> errors{};
  int status = 200;

  [[nodiscard]] std::string value(std::string_view name) const {
    return form ? std::string(form->get(name)) : std::string();
  }
  [[nodiscard]] std::string error_of(std::string_view name) const;
};
/// In words, at its field; nothing for an error that is no fault of the form.
std::optional<Typed> typed(const page::Visit& visit, const Error& error);

/// Inputs with a label of messages/voices.toml and what was typed.
struct Input {
  std::string_view name;
  std::string_view label;
  std::string_view hint{};
};
void text_field(page::Writer& page, const Typed& typed, const Input& input);
void words_field(page::Writer& page, Language language, const Typed& typed, const Input& input);
/// `texts` + each value is the key of its label.
void choice_field(page::Writer& page, Language language, const Typed& typed, const Input& input,
                  std::string_view texts, std::span<const std::string_view> values);
void stars_field(page::Writer& page, Language language, const Typed& typed, std::string_view label,
                 int chosen, std::string_view hint = {});
int posted_version(const page::Visit& visit);

void request_tags(page::Writer& page, const page::Visit& visit, const voices::RequestLine& line);
void report_tags(page::Writer& page, const page::Visit& visit, const voices::ReportLine& line);
struct CourseNames {
  const catalogue::Index& index;
  const DatasetNames& datasets;
};
/// What the request says, who answers, and everything that happened.
void request_body(page::Writer& page, const page::Visit& visit, const CourseNames& names,
                  const voices::Request& request);
void report_body(page::Writer& page, const page::Visit& visit, const CourseNames& names,
                 const voices::Report& report);
/// Of everything that a request or report names.
std::vector<catalogue::DatasetId> datasets_of(const voices::Request& request);

}  // namespace minben::open
