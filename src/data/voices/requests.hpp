#pragma once
// 我想要更多: people ask for data that nobody publishes yet.
//
//   held → open → answered → closed          a look by the platform, which routes it; the answer
//   held → declined                          not published: the asker reads why
//   answered → reopened → answered_again → closed     fewer than 3 stars: a second answer is owed
//
// 回復狀態: open is 未回復, answered 已回復, answered_again 再回復; 結案狀態 is closed. The last
// day is config.answer_days working days after the request, so the look is not at the asker's
// expense; a reopened request gets as many again. An answer that nobody rates closes after
// config.rating_time.
#include <optional>
#include <span>
#include <vector>

#include "voices/voices.hpp"

namespace minben::voices {

using RequestId = Id<struct DataRequestTag>;
using catalogue::DatasetId;
using catalogue::PublisherCode;

enum class RequestState { held, open, answered, reopened, answered_again, closed, declined };
std::string_view to_string(RequestState state);

/// 公司, 協會, 社群, 個人
enum class AskerKind { company, association, community, person };
std::string_view to_string(AskerKind kind);
std::optional<AskerKind> parse_asker_kind(std::string_view text);

/// release: will be released on a day. exists: is published already. on_application: not open, but
/// given to who applies. refused: with the subparagraph of 政府資訊公開法 §18 I.
enum class AnswerKind { none, release, exists, on_application, refused };
std::string_view to_string(AnswerKind kind);  ///< "" for none
std::optional<AnswerKind> parse_answer_kind(std::string_view text);

struct NewRequest {
  std::string title;    ///< 1 … 255 characters
  std::string wanted;   ///< the dataset, as the asker calls it (suggestName); at most 255
  std::string columns;  ///< wanted columns (suggestCols); may be empty
  std::string reason;   ///< what for
  std::string unit;     ///< name of the organisation (comment_unit); at most 100, may be empty
  AskerKind asker = AskerKind::person;
  std::string industry;   ///< at most 100, may be empty
  std::string suggested;  ///< a publisher's code, "" = does not know
};

struct NewAnswer {
  AnswerKind kind = AnswerKind::none;
  std::string words;
  std::optional<Date> release_on{};  ///< of release: after today, within two years
  std::string dataset{};             ///< of exists: its id or name
  int ground = 0;                    ///< of refused: 1 … 9
};

enum class RequestStep {
  asked,
  published,
  declined,
  rerouted,
  answered,
  rated,
  reopened,
  escalated,
  released,        ///< what was promised is published
  promise_missed,  ///< its day passed
  closed
};
std::string_view to_string(RequestStep step);

/// One line of the course; what does not apply is empty.
struct RequestEvent {
  int sequence = 0;  ///< 1, 2, 3 … without gaps
  RequestStep step = RequestStep::asked;
  Instant at{};
  std::string words;
  PublisherCode publisher;  ///< to whom it was routed
  AnswerKind kind = AnswerKind::none;
  int ground = 0;
  std::optional<Date> release_on;
  DatasetId dataset{};
  int stars = 0;
  std::optional<Instant> due_at;
};

/// What lists need.
struct RequestLine {
  RequestId id;
  std::string title;
  RequestState state = RequestState::held;
  PublisherCode publisher;  ///< who answers; "" = not routed
  PublisherCode suggested;
  AnswerKind kind = AnswerKind::none;  ///< of the last answer
  std::optional<Date> promised_on;     ///< not released yet
  DatasetId dataset{};                 ///< what came of it
  int stars = 0;                       ///< of the last rating
  int supporters = 0;                  ///< without the asker
  int version = 0;                     ///< how many steps there were
  int answers = 0;
  Instant asked_at{};
  Instant due_at{};  ///< the midnight in Taiwan after the last day
  bool escalated = false;
  [[nodiscard]] bool waiting() const {
    return state == RequestState::held || state == RequestState::open ||
           state == RequestState::reopened;
  }
  [[nodiscard]] bool overdue(Instant now) const { return waiting() && now >= due_at; }
  [[nodiscard]] Date last_day() const { return taiwan_date(due_at - seconds(1)); }
};

struct Request : RequestLine {
  std::string wanted, columns, reason, unit, industry;
  AskerKind asker = AskerKind::person;
  std::string name;  ///< of the asker as they want it shown; "" = 匿名
  std::vector<RequestEvent> course;
  PersonId person;  ///< whoever shows it asks only whether it is the visitor's own
};

struct RequestQuery {
  enum class Which { all, waiting, answered, closed };
  Which which = Which::all;
  std::string publisher{};  ///< "" = all
  bool by_support = false;  ///< else the newest first
  int offset = 0;
  int limit = 20;  ///< 1 … 100
};

struct RequestPage {
  std::vector<RequestLine> lines;
  std::int64_t total = 0;
};

class Requests {
 public:
  explicit Requests(const Common& common) : common_(common) {}

  // --- the asker's. not_found "request_not_found" when it is somebody else's.

  /// invalid "missing", "too_long", "not_utf8" with the field; too_many "too_many_requests".
  Result<RequestId> ask(const Author& author, const NewRequest& request);
  /// 1 … 5 stars for the last answer, once each. conflict "nothing_to_rate", "request_changed".
  Result<void> rate(PersonId person, RequestId id, int version, int stars, std::string_view words);
  /// The asker needs nothing more. conflict "second_answer_owed" when it was rated below 3 and not
  /// answered since; "not_answered".
  Result<void> close(PersonId person, RequestId id, int version);
  /// Newest first, at most 200; held and declined ones too.
  Result<std::vector<RequestLine>> of_person(PersonId person);

  // --- everybody's

  /// "I want this too": one a person; again is no error. conflict "own_request",
  /// "request_closed".
  Result<void> support(PersonId person, RequestId id);
  Result<void> unsupport(PersonId person, RequestId id);
  Result<bool> supports(PersonId person, RequestId id);
  /// Held and declined ones only for the asker: `viewer`.
  Result<Request> find(RequestId id, std::optional<PersonId> viewer = {});
  /// Published ones.
  Result<RequestPage> list(const RequestQuery& query);

  // --- the stewards'. forbidden "role_missing", "not_yours"; conflict "request_changed" when
  // `version` is not that of now, "wrong_state".

  /// After a look. `to`: who is to answer. Of the platform's stewards.
  Result<void> publish(const identity::Officer& officer, RequestId id, int version,
                       const PublisherCode& to);
  /// Not published (personal data, abuse, not about data): the asker reads the reason.
  Result<void> decline(const identity::Officer& officer, RequestId id, int version,
                       std::string_view reason);
  /// To whom it is rather for, with the reason that everybody reads. Of who answers now, at most
  /// config.most_reroutes times ("too_many_reroutes"), and of the platform's stewards.
  Result<void> reroute(const identity::Officer& officer, RequestId id, int version,
                       const PublisherCode& to, std::string_view reason);
  /// invalid "missing", "bad_date", "no_such_dataset", "bad_ground" with the field.
  Result<void> answer(const identity::Officer& officer, RequestId id, int version,
                      const NewAnswer& answer);
  /// What was promised is there. conflict "nothing_promised".
  Result<void> release(const identity::Officer& officer, RequestId id, int version,
                       std::string_view dataset);
  /// What the officer has to see to: what waits, by its last day, then promises; at most 200. The
  /// platform's stewards see what is held, what nobody else can answer, and what is overdue.
  Result<std::vector<RequestLine>> queue(const identity::Officer& officer);
  /// Held and declined ones too.
  Result<Request> open(const identity::Officer& officer, RequestId id);

  /// The job "voices.request_clock".
  Result<void> clock_struck(store::Transaction& tx, const store::Job& job);

 private:
  const Common& common_;
};

}  // namespace minben::voices
