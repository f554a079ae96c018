#include "impl.hpp"
#include "store/repeat.hpp"

namespace minben::registry {

namespace {

constexpr days undecided_kept{30};

constexpr Query insert_change{"registry_insert_change", R"(
  insert into registry.change (at, officer, action, subject, detail) values ($1, $2, $3, $4, $5))"};
constexpr Query newest_changes{"registry_newest_changes", R"(
  select at, officer, action, subject, detail from registry.change order by number desc limit $1)"};
constexpr Query forget_requests{"registry_forget_requests", R"(
  delete from registry.request where state = 'received' and received_at < $1)"};

}  // namespace

Act act_of(const store::Row& row, std::string_view at, std::string_view by) {
  return {row.instant(at), row.is_null(by) ? std::nullopt : std::optional(row.id<OfficerId>(by))};
}

std::optional<Act> optional_act_of(const store::Row& row, std::string_view at,
                                   std::string_view by) {
  return row.is_null(at) ? std::nullopt : std::optional(act_of(row, at, by));
}

Result<void> record(Transaction& tx, std::optional<OfficerId> by, std::string_view action,
                    std::string_view subject, std::string_view detail) {
  MINBEN_CHECK(tx.run(insert_change, tx.now(), by, action, subject, detail));
  return {};
}

Registry::Registry(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Registry::~Registry() = default;

Result<std::unique_ptr<Registry>> Registry::open(store::Database& database, const Clock& clock,
                                                 Random& random, const Config& config) {
  std::error_code error;
  std::filesystem::create_directories(config.directory, error);
  if (error)
    return fail(Kind::internal, "cannot_make_directory", error.message(),
                config.directory.string());
  MINBEN_TRY(keys, SigningKeyFolder::open(config.directory));
  MINBEN_TRY(authority, trust::Authority::load_or_create(config.directory / "authority",
                                                         config.instance + " gateways", clock));
  return std::unique_ptr<Registry>(new Registry(std::unique_ptr<Impl>(
      new Impl{database, clock, random, config, std::move(keys), std::move(authority)})));
}

trust::VerifyKey Registry::key() const { return impl_->keys->current()->key.verify_key(); }
const trust::Certificate& Registry::authority() const { return impl_->authority.certificate(); }

void Registry::work_in(store::Workers& workers) {
  store::repeat(workers, impl_->database, "registry.hourly", hours{1},
                [this](Transaction& tx) -> Result<void> {
                  MINBEN_CHECK(tx.run(forget_requests, tx.now() - undecided_kept));
                  MINBEN_TRY(base, impl_->lock_base(tx));
                  MINBEN_CHECK(impl_->withdraw(tx));
                  MINBEN_CHECK(impl_->publish(tx, base));
                  return {};
                });
}

Result<std::vector<Change>> Registry::changes(int limit) {
  MINBEN_TRY(rows, impl_->database.run(newest_changes, limit));
  std::vector<Change> all;
  for (const auto row : rows)
    all.push_back({act_of(row, "at", "officer"), row.text("action"), row.text("subject"),
                   row.text("detail")});
  return all;
}

bool Visitors::admit(const std::string& address, Instant now) {
  const std::lock_guard lock(mutex_);
  if (known_.size() >= most_remembered)
    std::erase_if(known_, [&](const auto& each) { return each.second.since + period <= now; });
  if (known_.size() >= most_remembered && !known_.contains(address)) return false;
  Visits& visits = known_[address];
  if (visits.since + period <= now) visits = {now, 0};
  return ++visits.count <= most;
}

}  // namespace minben::registry
