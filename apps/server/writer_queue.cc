#include "apps/server/writer_queue.h"

#include <algorithm>
#include <exception>
#include <new>
#include <optional>
#include <utility>

namespace hashlens {
namespace {

Status Stopping() { return Cancelled("the server is ending; nothing was changed"); }

}  // namespace

WriterQueue::WriterQueue(std::filesystem::path library, const OpenOptions& open,
                         size_t most_waiting)
    : library_(std::move(library)), open_(open), most_waiting_(most_waiting) {
  thread_ = std::thread([this] { Loop(); });
}

WriterQueue::~WriterQueue() {
  Stop();
  thread_.join();
}

void WriterQueue::Stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  ready_.notify_all();
}

size_t WriterQueue::waiting() const {
  std::lock_guard lock(mutex_);
  return tasks_.size();
}

uint64_t WriterQueue::Push(Work work, Ended ended) {
  if (stopping_ || tasks_.size() >= most_waiting_) return 0;
  tasks_.push_back({++last_, std::move(work), std::move(ended)});
  ready_.notify_one();
  return last_;
}

Status WriterQueue::Run(const Work& work) const try {
  auto writer = LibraryWriter::Open(library_, open_);
  return writer.ok() ? work(&*writer) : writer.status();
} catch (const std::bad_alloc&) {
  return IoError("out of memory");
} catch (const std::exception& error) {
  return IoError(error.what());
}

void WriterQueue::Loop() {
  for (;;) {
    Task task;
    bool ending = false;
    {
      std::unique_lock lock(mutex_);
      ready_.wait(lock, [this] { return stopping_ || !tasks_.empty(); });
      if (tasks_.empty()) return;
      task = std::move(tasks_.front());
      tasks_.pop_front();
      ending = stopping_;
      moved_.notify_all();
    }
    task.ended(ending ? Stopping() : Run(task.work));
  }
}

bool WriterQueue::Add(Work work, Ended ended) {
  std::lock_guard lock(mutex_);
  return Push(std::move(work), std::move(ended)) != 0;
}

Status WriterQueue::Do(const Work& work, std::chrono::milliseconds most) {
  std::optional<Status> end;
  const auto ended = [&](const Status& status) {
    std::lock_guard lock(mutex_);
    end = status;
    moved_.notify_all();
  };
  std::unique_lock lock(mutex_);
  const uint64_t id = Push([&](LibraryWriter* writer) { return work(writer); }, ended);
  if (id == 0) return Busy("too many changes of the library wait already, or the server is ending");
  const auto place = [&] { return std::ranges::find(tasks_, id, &Task::id); };
  if (!moved_.wait_for(lock, most, [&] { return place() == tasks_.end(); })) {
    tasks_.erase(place());
    return Busy("another change of the library takes long; nothing was changed");
  }
  moved_.wait(lock, [&] { return end.has_value(); });
  return *end;
}

}  // namespace hashlens
