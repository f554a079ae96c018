#include "fetching.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "uploads.hpp"

namespace minben::gateway {

namespace {

using Steady = std::chrono::steady_clock;
/// For a piece over a slow line. Of one that nothing comes of, the own gateway hears sooner.
constexpr milliseconds piece_time{120'000};
constexpr milliseconds for_others{2000};  ///< that who pulls waits for another fetch to end
constexpr milliseconds glance{250};       ///< how often what is due to be posted is looked for

std::string problem_code(std::string_view body) {
  const auto json = parse_json(body);
  const std::string type = json ? string_or(*json, "type") : std::string();
  constexpr std::string_view ours = "urn:minben:problem:";
  const std::string_view code =
      type.starts_with(ours) ? std::string_view(type).substr(ours.size()) : std::string_view();
  return is_code(code) ? std::string(code) : "not_an_event";
}

seconds doubled(seconds first, std::int64_t times, seconds longest) {
  return std::min(longest, first * (std::int64_t{1} << std::min<std::int64_t>(times, 20)));
}

}  // namespace

net::ClientRequest event_request(const GatewayConfig& config, const OwnSide& own,
                                 const SubsystemId& client, const ServiceId& event_type,
                                 std::string_view path) {
  std::string url = own_url(config, own) + "/r1";
  const SubsystemId& provider = event_type.provider;
  for (const std::string_view segment :
       {std::string_view(provider.instance), std::string_view(provider.member_class),
        std::string_view(provider.member), std::string_view(provider.subsystem),
        std::string_view(event_type.service)})
    url.append("/").append(net::percent_encode(segment));
  net::ClientRequest request{.url = url.append(path)};
  request.headers.add("X-Road-Client", to_string(client));
  request.headers.add("Minben-Token", own.token);
  request.headers.add("Accept", "application/json, application/problem+json");
  return request;
}

Result<EventHead> read_event_answer(const net::ClientResponse& answer) {
  if (const std::string_view refused = answer.headers.get("X-Road-Error"); !refused.empty())
    return fail(Kind::unavailable, is_code(refused) ? refused : "refused");
  if (answer.status != 200 && answer.status != 404)
    return fail(Kind::unavailable, problem_code(answer.body));
  MINBEN_TRY(head, read_event_head(answer.headers));
  if (head.id.empty() == (answer.status == 200))
    return fail(Kind::unavailable, "not_an_event", "status and fields differ");
  return head;
}

Fetching::Fetching(const GatewayConfig& config, const OwnSide& own, const Clock& clock,
                   Inbox& inbox, Outbox& outbox, FileStore& files, Random& random,
                   std::function<void()> keep_house, const FetchingLimits& limits)
    : config_(config),
      own_(own),
      clock_(clock),
      inbox_(inbox),
      outbox_(outbox),
      files_(files),
      random_(random),
      keep_house_(std::move(keep_house)),
      limits_(limits),
      client_({.timeout_ms = piece_time, .max_response_bytes = file_piece + (16u << 10)}) {}

Fetching::~Fetching() { stop(); }

void Fetching::start() {
  fetcher_ = std::thread([this] { run_fetching(); });
  if (!config_.messages.push.empty()) poster_ = std::thread([this] { run_posting(); });
}

void Fetching::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (fetcher_.joinable()) fetcher_.join();
  if (poster_.joinable()) poster_.join();
}

void Fetching::wake() {
  const std::lock_guard lock(mutex_);
  fresh_ = true;
  wake_.notify_all();
}

// ------------------------------------------------------------------------------------ fetching

void Fetching::run_fetching() {
  Steady::time_point house_at{};
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    fresh_ = false;
    lock.unlock();
    if (Steady::now() >= house_at) {
      keep_house();
      house_at = Steady::now() + seconds(1);
    }
    auto next = Steady::now() + config_.messages.longest_pause_s;
    const auto subscriptions = inbox_.all();
    if (!subscriptions) spdlog::error("subscriptions: {}", describe(subscriptions.error()));
    for (const Subscription& each : subscriptions.value_or(std::vector<Subscription>())) {
      const auto pause = pauses_.find(each.number);
      if (pause == pauses_.end() || pause->second.until <= Steady::now()) visit(each);
      next = std::min(next, pauses_.at(each.number).until);
      const std::lock_guard state(mutex_);
      if (stopping_) return;
    }
    lock.lock();
    wake_.wait_until(lock, next, [&] { return stopping_ || fresh_; });
  }
}

void Fetching::keep_house() {
  if (const auto expired = outbox_.expire(); expired && *expired > 0)
    spdlog::warn("{} events expired before all their subscribers had fetched them", *expired);
  if (const auto expired = inbox_.expire(); expired && *expired > 0)
    spdlog::warn("{} events were not taken by own systems in time: see /dead-letters", *expired);
  keep_house_();
}

void Fetching::visit(const Subscription& subscription) {
  Result<bool> came = true;
  for (std::size_t i = 0; came && *came && i < limits_.in_a_row; ++i) came = fetch(subscription);
  if (came && !*came) came = fetch_file(subscription);
  const milliseconds longest =
      came ? milliseconds(config_.messages.longest_pause_s) : milliseconds(limits_.trouble_pause_s);
  Pause& pause = pauses_[subscription.number];
  // What brings events is asked again at once; silence and trouble make the pauses longer.
  if (came && *came) pause.length = milliseconds(0);
  else pause.length = std::clamp(pause.length * 2, limits_.first_pause_ms, longest);
  pause.until = Steady::now() + pause.length;
}

Result<bool> Fetching::fetch(const Subscription& subscription) {
  const std::unique_lock lock(fetching_, for_others);
  if (!lock) return false;
  // It may have gone on, or have gone, meanwhile.
  MINBEN_TRY(current, inbox_.find(subscription.subscriber, subscription.event_type));
  auto came = ask(current);
  if (!came && came.error().code == "sequence_ahead") MINBEN_CHECK(inbox_.rewind(current.number));
  if (came) figures_.fetched += *came ? 1 : 0;
  MINBEN_CHECK(note(current, came));
  return came;
}

Result<void> Fetching::note(const Subscription& subscription, const Result<bool>& outcome) {
  if (outcome) return {};
  ++figures_.failures;
  const std::string& code = outcome.error().code;
  if (subscription.trouble != code)
    spdlog::warn("events of {} for {}: {}", to_string(subscription.event_type),
                 to_string(subscription.subscriber), code);
  return inbox_.note_trouble(subscription.number, code);
}

net::ClientRequest Fetching::request_of(const Subscription& subscription,
                                        std::string_view path) const {
  net::ClientRequest request =
      event_request(config_, own_, subscription.subscriber, subscription.event_type, path);
  if (!subscription.purpose.empty()) request.headers.add("Minben-Purpose", subscription.purpose);
  if (!subscription.case_id.empty()) request.headers.add("Minben-Case", subscription.case_id);
  return request;
}

Result<bool> Fetching::ask(const Subscription& subscription) {
  if (inbox_.full())
    return fail(Kind::unavailable, "inbox_full", "own systems do not take what waits here");
  MINBEN_TRY(answer, client_.send(request_of(subscription,
                                             fmt::format("/-/after/{}", subscription.cursor))));
  MINBEN_TRY(head, read_event_answer(answer));
  const bool is_event = !head.id.empty();
  const std::int64_t reached = is_event ? head.sequence : head.newest;
  if (reached < subscription.cursor || (is_event && reached == subscription.cursor))
    return fail(Kind::unavailable, "not_an_event", "out of order");
  if (head.missed > 0)
    spdlog::warn("{} events of {} expired before they were fetched", head.missed,
                 to_string(subscription.event_type));
  // Silence is only written down when it changes something.
  if (is_event || reached > subscription.cursor || !subscription.trouble.empty())
    MINBEN_CHECK(inbox_.arrived(subscription, head, answer.body, answer.headers.get("X-Road-Id")));
  return is_event;
}

// --------------------------------------------------------------------------------------- files

Result<bool> Fetching::fetch_file(const Subscription& subscription) {
  const std::lock_guard lock(transferring_);
  MINBEN_TRY(event, inbox_.without_file(subscription.number));
  if (!event || event->due > clock_.now()) return false;
  const auto went_on = [&]() -> Result<bool> {
    MINBEN_TRY(place, place_for(subscription, *event->file));
    MINBEN_CHECK(take_pieces(subscription, *event, place));
    MINBEN_TRY(now, files_.find(place.id));
    if (now.offset == now.length) MINBEN_CHECK(end_file(subscription, std::move(*event), now));
    return true;
  }();
  MINBEN_TRY(current, inbox_.find(subscription.subscriber, subscription.event_type));
  if (!went_on && went_on.error().code == "unknown_file") {
    MINBEN_CHECK(inbox_.bury(*event, "file_expired"));
    return true;
  }
  MINBEN_CHECK(note(current, went_on));
  return went_on;
}

/// Where its bytes go: the place that was begun, or a new one.
Result<StoredFile> Fetching::place_for(const Subscription& subscription, const EventFile& file) {
  auto known = files_.find_arrived(subscription.subscriber.subsystem, file.id);
  if (known) return known;
  StoredFile place;
  place.id = minben::to_string(new_uuid(clock_, random_));
  place.side = FileSide::arrived;
  place.remote = file.id;
  place.owner = subscription.subscriber.subsystem;
  place.service = to_string(subscription.event_type);
  place.length = file.size;
  place.sha256 = file.sha256;
  place.about = "{}";
  place.expires_at = clock_.now() + config_.messages.keep_s;
  MINBEN_CHECK(files_.create(place));
  return place;
}

Result<void> Fetching::take_pieces(const Subscription& subscription, const Arrived& event,
                                   const StoredFile& place) {
  if (place.state != FileState::growing) return {};
  MINBEN_TRY(append, files_.append(place.id));
  for (std::size_t i = 0; i < limits_.pieces_in_a_row && append->offset() < place.length; ++i) {
    const auto answer = client_.send(
        request_of(subscription, fmt::format("/-/file/{}/{}", event.file->id, append->offset())));
    auto written = [&]() -> Result<void> {
      if (!answer) return fail(answer.error());
      if (const auto refused = answer->headers.get("X-Road-Error"); !refused.empty())
        return fail(Kind::unavailable, is_code(refused) ? refused : "refused");
      if (answer->status == 404) return fail(Kind::not_found, "unknown_file");
      if (answer->status != 200 || answer->body.empty())
        return fail(Kind::unavailable, "not_a_piece", std::to_string(answer->status));
      ++figures_.pieces;
      return append->write(answer->body);
    }();
    if (!written) {
      MINBEN_CHECK(append->keep());
      return written;
    }
  }
  return append->keep();
}

// A wrong digest is a fault on the way or in a store: all of it comes again, but not for ever.
Result<void> Fetching::end_file(const Subscription& subscription, Arrived event,
                                const StoredFile& place) {
  if (place.state == FileState::growing) {
    MINBEN_TRY(digest, files_.digest(place));
    if (digest != place.sha256) {
      spdlog::error("a file of {} has another digest than its event says",
                    to_string(subscription.event_type));
      if (++event.attempts >= limits_.file_attempts) {
        MINBEN_CHECK(files_.remove(place.id));
        return inbox_.bury(event, "file_digest_differs");
      }
      MINBEN_CHECK(files_.restart(place.id));
      return inbox_.postpone(event, clock_.now() + limits_.post_pause_s);
    }
    MINBEN_CHECK(files_.set_state(place.id, FileState::whole, digest, place.expires_at));
  }
  return inbox_.file_came(event);
}

std::size_t Fetching::pass() {
  keep_house();
  std::size_t done = 0;
  const auto subscriptions = inbox_.all();
  for (const Subscription& each : subscriptions.value_or(std::vector<Subscription>())) {
    while (fetch(each).value_or(false)) ++done;
    while (fetch_file(each).value_or(false)) ++done;
    done += post_all(each);
  }
  return done;
}

// ------------------------------------------------------------------------------------- posting

void Fetching::run_posting() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    lock.unlock();
    const auto subscriptions = inbox_.all();
    for (const Subscription& each : subscriptions.value_or(std::vector<Subscription>()))
      post_all(each);
    lock.lock();
    wake_.wait_for(lock, glance, [&] { return stopping_; });
  }
}

std::size_t Fetching::post_all(const Subscription& subscription) {
  if (subscription.delivery != EventDelivery::push) return 0;
  const std::lock_guard lock(posting_);
  std::size_t posted = 0;
  while (posted < limits_.in_a_row && post(subscription).value_or(false)) ++posted;
  return posted;
}

Result<bool> Fetching::post(const Subscription& subscription) {
  MINBEN_TRY(event, inbox_.first(subscription.number));
  if (!event || !event->ready || event->due > clock_.now()) return false;
  const auto url = config_.messages.push.find(subscription.subscriber.subsystem);
  if (url == config_.messages.push.end()) return false;  // it waits until its time is over
  net::ClientRequest request{.method = net::Method::post, .url = url->second, .body = event->item};
  request.headers.add("Content-Type", "application/json");
  request.headers.add("X-Road-Service", to_string(subscription.event_type));
  request.headers.add("X-Road-Id", event->exchange_id);
  request.headers.add("Minben-Event-Id", event->id);
  const auto answer = client_.send(request);
  const int status = answer ? answer->status : 0;
  if (status / 100 == 2) {
    MINBEN_CHECK(inbox_.confirm(subscription.number, event->id));
    ++figures_.posted;
    return true;
  }
  MINBEN_CHECK(not_taken(std::move(*event), status));
  return false;
}

Result<void> Fetching::not_taken(Arrived event, int status) {
  const bool refused = status / 100 == 4 && status != 408 && status != 429;
  ++event.attempts;
  if (refused && event.attempts >= limits_.refusals) {
    spdlog::warn("event {} is dead: its system answered {}", event.id, status);
    return inbox_.bury(event, fmt::format("answered_{}", status));
  }
  return inbox_.postpone(event, clock_.now() + doubled(limits_.post_pause_s, event.attempts - 1,
                                                       limits_.longest_post_pause_s));
}

}  // namespace minben::gateway
