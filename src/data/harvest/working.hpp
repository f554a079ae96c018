#pragma once
// Private: one run at work. Each step is one transaction that proves the lease, imports a batch and
// writes down how far it came; so there is nothing to repair after a kill.
#include "impl.hpp"
#include "importing.hpp"

namespace minben::harvest {

class Working {
 public:
  using Lease = Id<struct LeaseTag>;
  Working(Harvester::Impl& house, RunRow row, Source source, Lease lease,
          std::filesystem::path file, const std::function<bool()>& leave);
  /// Until the run is over, has to wait, or is no longer ours. Errors are the database's.
  Result<void> go();

 private:
  enum class Halt { none, stop, leave, lost };

  bool cancelled();
  Result<void> steps();
  Result<void> read_page(Reader& reader);
  Result<void> take(Batch&& batch);
  Result<Imported> import(store::Transaction& tx, std::vector<Found>& objects);
  Result<void> drop_known(store::Transaction& tx, Batch& batch) const;
  Result<std::vector<std::string>> waiting() const;

  Result<void> withdraw_gone();
  Result<std::vector<catalogue::Catalogue::Held>> find_gone(std::int64_t& live) const;
  Result<void> withdraw(std::span<const catalogue::Catalogue::Held> vanished);

  Result<void> fence(store::Transaction& tx);
  Result<void> note(store::Transaction& tx, const Imported& done, const std::optional<Json>& next);
  Result<void> end(RunState state, std::string_view code = {}, std::string_view detail = {});
  Result<void> after(const Error& error);
  Result<void> put_back(microseconds pause, const Error& why);

  Harvester::Impl& house_;
  RunRow row_;  ///< as committed last
  Source source_;
  Lease lease_;
  std::filesystem::path file_;
  const std::function<bool()>& leave_;
  std::optional<Asking> asking_;
  std::map<std::string, std::string> publishers_;
  Halt halt_ = Halt::none;
};

}  // namespace minben::harvest
