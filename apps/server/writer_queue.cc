#include "apps/server/writer_queue.h"

#include <memory>
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

bool WriterQueue::Push(Task task) {
  std::lock_guard lock(mutex_);
  if (stopping_ || tasks_.size() >= most_waiting_) return false;
  tasks_.push_back(std::move(task));
  ready_.notify_one();
  return true;
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
    }
    if (!task.wanted()) continue;
    if (ending) {
      task.refused(Stopping());
      continue;
    }
    auto writer = LibraryWriter::Open(library_, open_);
    if (!writer.ok()) {
      task.refused(writer.status());
      continue;
    }
    if (const Status status = task.work(&*writer); !status.ok()) task.refused(status);
  }
}

bool WriterQueue::Add(Work work, std::function<void(const Status&)> refused) {
  return Push({[] { return true; }, std::move(work), std::move(refused)});
}

Status WriterQueue::Do(const Work& work, std::chrono::milliseconds most) {
  struct Turn {
    std::mutex mutex;
    std::condition_variable changed;
    bool begun = false;
    bool abandoned = false;
    std::optional<Status> end;
  };
  const auto turn = std::make_shared<Turn>();
  const auto finish = [turn](const Status& status) {
    std::lock_guard lock(turn->mutex);
    if (!turn->end) turn->end = status;
    turn->changed.notify_all();
  };
  const auto begin = [turn] {
    std::lock_guard lock(turn->mutex);
    turn->begun = !turn->abandoned;
    return turn->begun;
  };
  const auto run = [&work, finish](LibraryWriter* writer) {
    const Status status = work(writer);
    if (status.ok()) finish(status);
    return status;
  };
  if (!Push({begin, run, finish}))
    return Busy("too many changes of the library wait already, or the server is ending");
  std::unique_lock lock(turn->mutex);
  turn->changed.wait_for(lock, most, [&] { return turn->begun || turn->end; });
  if (!turn->begun && !turn->end) {
    turn->abandoned = true;
    return Busy("another change of the library takes long; nothing was changed");
  }
  turn->changed.wait(lock, [&] { return turn->end.has_value(); });
  return *turn->end;
}

}  // namespace hashlens
