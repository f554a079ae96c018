#pragma once
// Private: one case as an officer sees it, and the parts of its pages.
#include "parts.hpp"

namespace minben::desk {

struct Opened {
  OfficerCaseView seen;
  PackagePtr package;  ///< the version the case is pinned to
  std::vector<documents::Document> files;
  Names names;

  [[nodiscard]] const casework::CaseView& view() const { return seen.view; }
  [[nodiscard]] CaseId id() const { return seen.view.summary.id; }
};

/// Recorded as a use of the person's data by casework.
Result<Opened> open_case(const Parts& parts, const Visit& visit);

/// Trail: queue → number → title.
Frame case_frame(const Visit& visit, const Opened& opened, std::string_view title);
void case_head(Writer& page, const Visit& visit, const Opened& opened);

std::string step_title(const Opened& opened, std::string_view step, Language language);
/// "<id>.<version>" for hidden fields.
std::string picked(const TaskRow& task);
/// The officer's own open task, if the case has one that they hold.
const TaskRow* held_task(const Visit& visit, const Opened& opened);

/// A summary row's values as a person reads them; files by their names.
std::string answer_text(Language language, const forms::SummaryRow& row, const Opened& opened);
/// The field's title; its pointer when the form does not know it.
std::string field_title(const Opened& opened, std::string_view pointer, Language language);
std::string ground_text(const Opened& opened, std::string_view code, Language language);

// Parts of the case's first page, each in a file of its own.
void answers_part(Writer& page, const Visit& visit, const Opened& opened);
void viewer_part(Writer& page, const Visit& visit, const Opened& opened);
void data_part(Writer& page, const Visit& visit, const Opened& opened);
void opinions_part(Writer& page, const Visit& visit, const Opened& opened);
void supplements_part(Writer& page, const Visit& visit, const Opened& opened);

}  // namespace minben::desk
