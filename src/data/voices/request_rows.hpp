#pragma once
// Private: requests as rows, and what every step leaves behind.
#include "common.hpp"
#include "voices/requests.hpp"

namespace minben::voices {

inline constexpr std::string_view request_clock_job = "voices.request_clock";

/// A line with what only the room needs.
struct RequestRow : RequestLine {
  PersonId person;
  int reroutes = 0;
  std::optional<Instant> answered_at;
  Instant remind_at{};
  bool reminded = false;
  bool promise_missed = false;
  void begin(const Term& term) {
    remind_at = term.remind_at;
    due_at = term.due_at;
    reminded = escalated = false;
  }
};

/// For `insert into voices.request`.
struct NewRequestRow {
  RequestRow row;
  NewRequest request;
  std::optional<Bytes> name;
};

RequestRow request_row(const store::Row& row);
std::vector<RequestLine> request_lines(const store::Rows& rows);

/// Locked. not_found "request_not_found".
Result<RequestRow> locked_request(store::Transaction& tx, RequestId id);
Result<void> insert_request(store::Transaction& tx, const NewRequestRow& made);
/// Of the request, with its course.
Result<Request> read_request(const Common& common, store::Transaction& tx, RequestId id);

struct NewRequestStep {
  RequestStep step;
  JsonObject content =
      {};  ///< {"words","publisher","kind","ground","release_on","dataset","stars"}
  std::optional<OfficerId> officer = {};
};
/// Writes the row, the step and the event, and sets the clock.
Result<void> record(const Common& common, store::Transaction& tx, RequestRow& row,
                    const NewRequestStep& step);
/// No step of its own: nothing changed for the asker.
Result<void> note_request(store::Transaction& tx, const Common& common, const RequestRow& row);

/// For mails about it.
News news_of(const RequestRow& row, std::string_view what);
/// The asker and the supporters.
Result<void> tell_askers(const Common& common, store::Transaction& tx, const RequestRow& row,
                         std::string_view what);

}  // namespace minben::voices
