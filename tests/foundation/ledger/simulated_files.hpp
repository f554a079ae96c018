#pragma once
// Files that lose power. What was written and not synced may be there afterwards, or not, or in
// part: each sector of a file written in place for itself, each replaced file whole, torn, empty,
// or as it was; in any order.
#include <map>
#include <mutex>

#include "core/core.hpp"
#include "ledger/files.hpp"

namespace minben::ledger::test {

class SimulatedFiles final : public Files {
 public:
  explicit SimulatedFiles(Random& random) : random_(random) {}

  /// Power goes in the middle of the change that many changes from now; nothing works after that.
  void lose_power_after(int changes) {
    const std::lock_guard guard(mutex_);
    left_ = changes;
  }
  /// What a machine finds that comes up again.
  void come_up_again() {
    const std::lock_guard guard(mutex_);
    for (const Change& change : unsynced_) survive(change);
    unsynced_.clear();
    visible_ = durable_;
    left_ = -1;
    down_ = false;
  }
  [[nodiscard]] std::uint64_t changes() const { return changes_; }
  /// What readers saw last, also without power.
  [[nodiscard]] std::optional<Bytes> peek(const fs::path& path) const {
    const std::lock_guard guard(mutex_);
    const auto found = visible_.find(path);
    return found == visible_.end() ? std::nullopt : std::optional(found->second);
  }

  Result<std::optional<Bytes>> read(const fs::path& path, std::size_t max_bytes) const override {
    const std::lock_guard guard(mutex_);
    if (down_) return no_power(path);
    const auto found = visible_.find(path);
    if (found == visible_.end()) return std::nullopt;
    if (found->second.size() > max_bytes) return fail(Kind::too_large, "file_too_large");
    return found->second;
  }
  Result<bool> exists(const fs::path& path) const override {
    const std::lock_guard guard(mutex_);
    if (down_) return no_power(path);
    const auto next = visible_.lower_bound(path);
    return next != visible_.end() &&
           (next->first == path || next->first.string().starts_with(path.string() + "/"));
  }

  Result<void> replace(const fs::path& path, std::span<const std::uint8_t> content) override {
    const std::lock_guard guard(mutex_);
    return change({Change::replaced, path, 0, Bytes(content.begin(), content.end())});
  }
  Result<void> replace_for_good(const fs::path& path,
                                std::span<const std::uint8_t> content) override {
    const std::lock_guard guard(mutex_);
    MINBEN_CHECK(change({Change::replaced_whole, path, 0, Bytes(content.begin(), content.end())}));
    return sync_where([&](const Change& each) { return each.path == path; }, path);
  }
  Result<void> sync_all(const fs::path& directory) override {
    const std::lock_guard guard(mutex_);
    return sync_where([](const Change&) { return true; }, directory);
  }
  void remove_all(const fs::path& path) override {
    const std::lock_guard guard(mutex_);
    std::vector<fs::path> gone;
    for (const auto& [name, content] : visible_)
      if (name == path || name.string().starts_with(path.string() + "/")) gone.push_back(name);
    for (const auto& name : gone) (void)change({Change::removed, name, 0, {}});
  }
  Result<std::unique_ptr<FixedFile>> open_fixed(const fs::path& path, std::size_t bytes) override {
    MINBEN_TRY(there, read(path, largest_file));
    if (!there) MINBEN_CHECK(replace_for_good(path, Bytes(bytes)));
    return std::make_unique<Fixed>(*this, path, there ? there->size() : bytes);
  }

 private:
  static constexpr std::size_t sector = 512;

  struct Change {
    enum Kind { written, replaced, replaced_whole, removed } kind;
    fs::path path;
    std::size_t offset = 0;
    Bytes content;
  };

  class Fixed final : public FixedFile {
   public:
    Fixed(SimulatedFiles& files, fs::path path, std::size_t bytes)
        : files_(files), path_(std::move(path)), bytes_(bytes) {}
    std::size_t size() const override { return bytes_; }
    Result<Bytes> read(std::size_t offset, std::size_t count) const override {
      MINBEN_TRY(whole, files_.read(path_, largest_file));
      if (!whole || whole->size() < offset + count)
        return fail(Kind::internal, "ledger_damaged", "the file is too short", path_.string());
      const auto begin = whole->begin() + static_cast<std::ptrdiff_t>(offset);
      return Bytes(begin, begin + static_cast<std::ptrdiff_t>(count));
    }
    Result<void> write(std::size_t offset, std::span<const std::uint8_t> content) override {
      const std::lock_guard guard(files_.mutex_);
      return files_.change({Change::written, path_, offset, Bytes(content.begin(), content.end())});
    }
    Result<void> sync() override {
      const std::lock_guard guard(files_.mutex_);
      return files_.sync_where([&](const Change& each) { return each.path == path_; }, path_);
    }

   private:
    SimulatedFiles& files_;
    fs::path path_;
    std::size_t bytes_;
  };

  static std::unexpected<Error> no_power(const fs::path& path) {
    return fail(Kind::unavailable, "ledger_failed", "no power", path.string());
  }
  bool power_goes() {
    ++changes_;
    if (left_ > 0) --left_;
    else if (left_ == 0) down_ = true;
    return down_;
  }

  Result<void> change(Change one) {
    if (down_) return no_power(one.path);
    const bool goes = power_goes();
    if (!goes) apply(visible_, one);
    unsynced_.push_back(std::move(one));  // also the one under way: it may have come to the disk
    return goes ? Result<void>(no_power(unsynced_.back().path)) : Result<void>{};
  }
  template <class Which>
  Result<void> sync_where(Which which, const fs::path& path) {
    if (down_ || power_goes()) return no_power(path);
    std::vector<Change> rest;
    for (Change& each : unsynced_) {
      if (which(each)) apply(durable_, each);
      else rest.push_back(std::move(each));
    }
    unsynced_ = std::move(rest);
    return {};
  }

  static void apply(std::map<fs::path, Bytes>& disk, const Change& one) {
    if (one.kind == Change::removed) {
      disk.erase(one.path);
    } else if (one.kind == Change::written) {
      std::ranges::copy(one.content,
                        disk.at(one.path).begin() + static_cast<std::ptrdiff_t>(one.offset));
    } else {
      disk[one.path] = one.content;
    }
  }
  void survive(const Change& one) {
    if (one.kind == Change::written) {
      for (std::size_t at = 0; at < one.content.size(); at += sector) {
        if (random_.below(2) == 0) continue;
        const std::size_t end = std::min(at + sector, one.content.size());
        Change part = one;
        part.offset = one.offset + at;
        part.content.assign(one.content.begin() + static_cast<std::ptrdiff_t>(at),
                            one.content.begin() + static_cast<std::ptrdiff_t>(end));
        apply(durable_, part);
      }
      return;
    }
    Change found = one;
    const auto luck = random_.below(4);
    if (luck == 0) return;  // as it was
    if (one.kind == Change::replaced && luck == 1)
      found.content.resize(random_.below(one.content.size() + 1));
    if (one.kind == Change::replaced && luck == 2)
      for (std::size_t i = random_.below(one.content.size() + 1); i < found.content.size(); ++i)
        found.content[i] = 0;
    apply(durable_, found);
  }

  Random& random_;
  mutable std::mutex mutex_;
  std::map<fs::path, Bytes> visible_, durable_;
  std::vector<Change> unsynced_;
  int left_ = -1;
  bool down_ = false;
  std::uint64_t changes_ = 0;
};

}  // namespace minben::ledger::test
