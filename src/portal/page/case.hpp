#pragma once
// What both sides of the counter show of a case. The words are the callers': an applicant and an
// officer are not told in the same ones.
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "casework/case.hpp"
#include "casework/package.hpp"
#include "forms/forms.hpp"
#include "page/page.hpp"

namespace minben::page {

/// The newest title of the service; its code when it is not served any more.
std::string service_title(const casework::Packages& packages, const ServiceCode& code,
                          Language language);
/// The step's title; its id when the package does not know it.
std::string step_title(const casework::Package& package, std::string_view step, Language language);

/// `text` is the state in words; its tone comes from the state.
void state_tag(Writer& page, casework::State state, std::string_view text);

/// When a step was or will be.
struct StepTime {
  std::string words;
  std::string machine = {};  ///< RFC 3339; "" when the words name no instant
};
/// The case's steps in their order: what is done, where it stands, what is to come.
void steps(Writer& page, const Visit& visit, const casework::Package& package,
           std::span<const casework::TimelineStep> timeline,
           StepTime (*time)(Language, const casework::TimelineStep&));

struct HistoryWords {
  /// Of an event's code; its code is shown when there are none.
  std::optional<std::string_view> (*event)(Language, std::string_view code);
  std::string_view applicant;  ///< what the applicant is called
};
/// Everything that happened, newest first.
void history(Writer& page, const Visit& visit, const casework::Package& package,
             std::span<const casework::HistoryEntry> entries, const HistoryWords& words);

/// The process as a diagram, where script runs: where the case stands and what is behind it.
/// Needs Frame::diagram.
void diagram(Writer& page, std::string_view label, const Url& xml, const casework::CaseView& view);

/// How hot an element of a diagram is, 1 … 5, and why.
struct Heat {
  std::string element;
  int level = 1;
  std::string text;  ///< a short one: "3.5"
};
/// The same diagram with heat instead of a position.
void heat_map(Writer& page, std::string_view label, const Url& xml, std::span<const Heat> heats);

/// "2026-03-09" as a person reads it; what is no date stays as it is.
std::string date_in_words(Language language, std::string_view iso);
/// A summary row's values as a person reads them. `file_name` gives the name of an uploaded file by
/// its id.
std::string answer_text(Language language, const forms::SummaryRow& row,
                        const std::function<std::string(const std::string& id)>& file_name);

}  // namespace minben::page
