#pragma once
#include "impl.hpp"

namespace minben::casework {

/// casework.draft: one row, opened.
struct DraftRow {
  Draft draft;
  CaseId submitted_as;  ///< nil until submitted
};

/// The answers that the form asks for. A draft may be older than the package's newest version; an
/// answer that is no longer asked for must not keep the applicant from submitting.
JsonObject known_answers(const forms::Form& form, const JsonObject& answers);
/// not_found "draft_not_found" also when it is somebody else's.
Result<DraftRow> find_draft(const Casework::Impl& impl, Transaction& tx, PersonId person,
                            DraftId id, bool lock);
Result<void> mark_submitted(Transaction& tx, PersonId person, DraftId id, CaseId case_id);

}  // namespace minben::casework
