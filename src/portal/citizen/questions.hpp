#pragma once
// Private: questions of a form as controls, problems as sentences, answers as text.
#include <map>
#include <span>

#include "forms/forms.hpp"
#include "parts.hpp"

namespace minben::citizen {

/// What the controls of a page hold when it is shown.
struct Shown {
  std::span<const forms::Input> inputs;  ///< as typed
  const forms::Problems& problems;
  std::map<std::string, std::string, std::less<>> files = {};  ///< document id → its name
};

/// A page that asks one thing uses its label as the h1.
bool asks_one_thing(const forms::Page& asked);
bool asks_for_files(const forms::Page& asked);

/// All fields of a page; with `is_heading`, the only field's label is the h1.
void write_fields(Writer& page, const Visit& visit, const std::vector<forms::Field>& fields,
                  const Shown& shown, bool is_heading);
/// One field of a form on its own, e.g. in a supplement.
void write_field(Writer& page, const Visit& visit, const forms::Field& field, const Shown& shown);

std::string problem_text(Language language, const forms::Form& form, const forms::Problem& problem);
std::vector<page::ErrorLine> error_lines(Language language, const forms::Form& form,
                                         const forms::Problems& problems);

/// A summary row's values as a person reads them.
std::string answer_text(Language language, const forms::SummaryRow& row,
                        const std::map<std::string, std::string, std::less<>>& files);

/// Stores what was uploaded for file fields and adds its id to the inputs, as the form expects; a
/// field without a new upload keeps the document of `current`. Refused files become problems.
struct Received {
  std::vector<forms::Input> inputs;
  forms::Problems problems;
};
Result<Received> receive(const Parts& parts, const Visit& visit,
                         const std::vector<forms::Field>& fields, const JsonObject& current);

/// Names of all documents that the answers name.
Result<std::map<std::string, std::string, std::less<>>> file_names(const Parts& parts,
                                                                   PersonId person,
                                                                   const forms::Form& form,
                                                                   const JsonObject& answers);

}  // namespace minben::citizen
