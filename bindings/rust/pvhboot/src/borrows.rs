// SPDX-License-Identifier: MIT
//! What is borrowed cannot be dropped before it was used: programs that do not compile. Each has a
//! twin of the same lines that does, where what is dropped comes last.

macro_rules! dropped_too_early {
    ($($name:ident: $setup:ident, $source:literal, $used:literal;)*) => {$(
        #[doc = concat!("```compile_fail\n", $setup!(), "drop(", $source, ");\n", $used, end!())]
        #[doc = concat!("```no_run\n", $setup!(), $used, "\ndrop(", $source, ");", end!())]
        pub struct $name;
    )*};
}

macro_rules! start {
    () => {
        r"use pvhboot::*;
        fn f(guest: vm_memory::GuestMemoryMmap, file: Vec<u8>) -> Result<(), Error> {
            let memory = VmMemory::zeroed(&guest);
            let (initrd, cmdline, acpi) = (vec![0; 4096], vec![b'x'], vec![0; 4096]);
            let request = Request::new()
                .cmdline(&cmdline)
                .module(Module::new(&initrd))
                .blob(Blob::new(&acpi));
            let options = Options::new();
        "
    };
}

macro_rules! prepared {
    () => {
        concat!(start!(), "let mut p = Prepared::new(&file, &request, &options, &memory)?;\n")
    };
}

macro_rules! planned {
    () => {
        concat!(
            start!(),
            r"
            let loaded = Loaded::new(&file, &options)?;
            let kernel = loaded.kernel(&options)?;
            let plan = Plan::new(&kernel, &request)?;
            "
        )
    };
}

macro_rules! end {
    () => {
        "\nOk(()) }\n```"
    };
}

dropped_too_early! {
    FileOfPrepared: prepared, "file", "p.commit()?; drop(p);";
    RequestOfPrepared: prepared, "request", "p.commit()?; drop(p);";
    InitrdOfPrepared: prepared, "initrd", "p.commit()?; drop(p);";
    CmdlineOfPrepared: prepared, "cmdline", "p.commit()?; drop(p);";
    BlobOfPrepared: prepared, "acpi", "p.commit()?; drop(p);";
    MemoryOfPrepared: prepared, "memory", "p.commit()?; drop(p);";
    GuestOfPrepared: prepared, "guest", "p.commit()?; drop(p);";
    FileOfPlan: planned, "file", "plan.commit(&memory)?; drop(loaded);";
    LoadedOfPlan: planned, "loaded", "plan.commit(&memory)?;";
    InitrdOfPlan: planned, "initrd", "plan.commit(&memory)?;";
    BlobOfPlan: planned, "acpi", "plan.commit(&memory)?;";
    LoadedOfKernel: planned, "loaded", "println!(\"{:?}\", kernel.build_id());";
}
