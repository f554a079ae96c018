#pragma once
// Large files on their way: sealed, in chunks, so that any part can be written and read by itself.
//
//   files/<id>   whole chunks of 256 KiB, each sealed (trust.hpp) for its file and place
//   files.db     what is known of each file, and the sealed rest behind its whole chunks
//
// A chunk is written before the row that counts it, and a row is never counted back, so that after
// a crash a file ends where its row says.
#include <filesystem>
#include <mutex>
#include <set>

#include "gateway.hpp"
#include "message_log.hpp"

namespace minben::gateway {

inline constexpr std::size_t file_chunk = 256u << 10;

enum class FileSide { sent, arrived };  ///< from an own system, or for one
/// "whole": all is here and its digest is right. "told": of sent ones, its event is published.
enum class FileState { growing, whole, told };

struct StoredFile {
  std::string id;  ///< UUID, here
  FileSide side = FileSide::sent;
  std::string remote;   ///< of arrived ones: id at the publisher's gateway
  std::string owner;    ///< own subsystem
  std::string service;  ///< the event type: "subsystem/service" of sent ones, else its full name
  std::uint64_t length = 0;
  std::uint64_t offset = 0;  ///< bytes that are durable here
  std::string sha256;        ///< hex; "" = not known yet
  std::string about;         ///< JSON, sealed at rest: name, type, and what the event is to say
  FileState state = FileState::growing;
  Instant expires_at{};
};

class FileStore;

/// Writes on at the end of one file, which nobody else does meanwhile. What was not kept is written
/// again by whoever comes next.
class FileAppend {
 public:
  ~FileAppend();
  /// Error: too_large "beyond_the_end".
  Result<void> write(std::string_view bytes);
  Result<void> keep();  ///< durable from now on
  /// write() keeps every few MiB by itself, unless told to wait for keep().
  void hold() { held_ = true; }
  [[nodiscard]] std::uint64_t offset() const { return whole_ * file_chunk + rest_.size(); }

 private:
  friend class FileStore;
  FileAppend(FileStore& store, const StoredFile& file, int descriptor, std::string rest);
  FileStore& store_;
  const std::string id_;
  const std::uint64_t length_;
  const int descriptor_;
  std::uint64_t whole_;  ///< chunks
  std::string rest_;
  std::size_t not_kept_ = 0;
  bool held_ = false;
};

struct FileFigures {
  std::size_t sent = 0;  ///< files
  std::size_t arrived = 0;
  std::uint64_t bytes = 0;  ///< that they may need, together
};

/// Thread-safe. Errors of all: "gateway_database", "file_io", and of sealing.
class FileStore {
 public:
  static Result<std::unique_ptr<FileStore>> open(const std::filesystem::path& directory,
                                                 const GatewayConfig& config, const Clock& clock,
                                                 Random& random);
  ~FileStore();

  /// A new one with its id, length, owner and so on. Errors: too_large "file_too_large"
  /// (max_stream), unavailable "no_space": max_file_bytes or max_events is taken, or the disk is
  /// nearly full.
  Result<void> create(const StoredFile& file);
  Result<StoredFile> find(std::string_view id);  ///< not_found "unknown_file"
  Result<StoredFile> find_arrived(std::string_view owner, std::string_view remote);
  /// Errors: "unknown_file"; conflict "file_in_use", "file_is_whole".
  Result<std::unique_ptr<FileAppend>> append(std::string_view id);
  /// From there, at most to the end of a chunk; empty at the end. Error "open_failed": damaged.
  Result<std::string> read(const StoredFile& file, std::uint64_t offset);
  /// SHA-256 of all that is here, hex; reads it all.
  Result<std::string> digest(const StoredFile& file);
  Result<void> set_state(std::string_view id, FileState state, std::string_view sha256,
                         Instant expires_at);
  Result<void> restart(std::string_view id);  ///< all of it again
  Result<void> remove(std::string_view id);
  Result<std::vector<StoredFile>> with_state(FileSide side, FileState state);
  Result<std::size_t> expire();
  Result<FileFigures> figures();

 private:
  friend class FileAppend;
  struct Statements;
  FileStore(std::filesystem::path directory, Sqlite database, MessageKey key,
            const GatewayConfig& config, const Clock& clock);
  [[nodiscard]] std::filesystem::path path_of(std::string_view id) const;
  [[nodiscard]] MessageKey key_of(std::string_view id, std::uint64_t chunk) const;
  Result<std::vector<StoredFile>> read_files(Statement& from);
  Result<std::string> read_rest(std::string_view id, std::uint64_t chunk);
  Result<void> keep(std::string_view id, std::uint64_t offset, std::string_view rest);
  void release(const std::string& id);

  const std::filesystem::path directory_;
  std::mutex mutex_;
  Sqlite database_;
  const MessageKey key_;
  const std::uint64_t max_file_;
  const std::uint64_t max_all_;
  const std::size_t max_count_;
  const Clock& clock_;
  std::unique_ptr<Statements> statements_;
  std::set<std::string, std::less<>> in_use_;
};

}  // namespace minben::gateway
