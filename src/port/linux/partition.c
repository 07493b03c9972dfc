/* SPDX-License-Identifier: BSD-3-Clause */
#include "partition.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include <tactus/domain.h>

static tactus_status map(int descriptor, uint64_t bytes, bool writable, void **memory)
{
    int protection = PROT_READ | (writable ? PROT_WRITE : 0);
    void *address = mmap(NULL, (size_t)bytes, protection, MAP_SHARED | MAP_POPULATE, descriptor, 0);
    if (address == MAP_FAILED) {
        return TACTUS_E_OS;
    }
    *memory = address;
    return TACTUS_OK;
}

tactus_status partition_init(struct partition *partition, const char *name, uint64_t bytes,
                             uint32_t writer)
{
    uint64_t page_bytes = (uint64_t)sysconf(_SC_PAGESIZE);
    uint64_t whole_bytes = (bytes + page_bytes - 1) / page_bytes * page_bytes;
    char label[64];
    (void)snprintf(label, sizeof label, "tactus:%s", name);
    int descriptor = memfd_create(label, MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (descriptor < 0) {
        return errno == ENOMEM ? TACTUS_E_NO_MEMORY : TACTUS_E_OS;
    }
    *partition =
        (struct partition){.descriptor = descriptor, .bytes = whole_bytes, .writer = writer};
    (void)snprintf(partition->name, sizeof partition->name, "%s", name);
    if (ftruncate(descriptor, (off_t)whole_bytes) != 0 ||
        fcntl(descriptor, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW) != 0 ||
        map(descriptor, whole_bytes, writer == TACTUS_KERNEL, &partition->memory) != TACTUS_OK) {
        partition_deinit(partition);
        return TACTUS_E_OS;
    }
    return TACTUS_OK;
}

void partition_deinit(struct partition *partition)
{
    if (partition->memory != NULL) {
        munmap(partition->memory, (size_t)partition->bytes);
        partition->memory = NULL;
    }
    if (partition->descriptor >= 0) {
        close(partition->descriptor);
        partition->descriptor = -1;
    }
}

tactus_status partition_seal(const struct partition *partition)
{
    int wanted = F_SEAL_FUTURE_WRITE | F_SEAL_SEAL;
    if (fcntl(partition->descriptor, F_ADD_SEALS, wanted) == 0) {
        return TACTUS_OK;
    }
    /* Its writer may have sealed it himself, to no more than that. */
    int seals = fcntl(partition->descriptor, F_GET_SEALS);
    bool is_closed = seals >= 0 && (seals & (F_SEAL_FUTURE_WRITE | F_SEAL_WRITE)) != 0;
    return is_closed ? TACTUS_OK : TACTUS_E_OS;
}

tactus_status partition_map(int descriptor, uint64_t bytes, bool writable, void **memory)
{
    tactus_status status = map(descriptor, bytes, writable, memory);
    close(descriptor);
    return status;
}
